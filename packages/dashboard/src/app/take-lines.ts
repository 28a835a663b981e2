/** The first `limit` lines of a byte stream; the rest is not read. */
export async function takeLines(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<readonly string[]> {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let rest = "";
  for await (const chunk of bytes) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.filter((line) => line !== ""));
    if (lines.length >= limit) return lines.slice(0, limit);
  }
  rest += decoder.decode();
  return rest === "" ? lines : [...lines, rest];
}
