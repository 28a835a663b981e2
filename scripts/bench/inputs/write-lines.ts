import { once } from "node:events";
import { createWriteStream } from "node:fs";

/**
 * Writes a file of many lines in chunks, so that it need not fit into memory. `line` returns one, without its newline.
 */
export async function writeLines(
  path: string,
  count: number,
  line: (index: number) => string,
): Promise<void> {
  const file = createWriteStream(path);
  for (let i = 0; i < count; i += 10_000) {
    let text = "";
    for (let j = i; j < Math.min(count, i + 10_000); j++) text += `${line(j)}\n`;
    if (!file.write(text)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}
