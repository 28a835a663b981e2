/** The first `limit` lines of a stream, which is left there. */
export async function takeLines(body: ReadableStream<Uint8Array>, limit: number): Promise<readonly string[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let rest = "";
  while (lines.length < limit) {
    const { value, done } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const parts = rest.split("\n");
    rest = done ? "" : (parts.pop() ?? "");
    lines.push(...parts.filter((line) => line !== ""));
    if (done) break;
  }
  return lines.slice(0, limit);
}
