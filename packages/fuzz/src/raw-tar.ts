/** An archive entry built byte by byte, which may be one that no packer would make. */
export interface RawEntry {
  readonly path: string;
  readonly content?: string | Buffer;
  /** Type flag of ustar: 0 file, 1 hard link, 2 symbolic link, 3 and 4 devices, 5 directory, 6 pipe. @default "0" */
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
  /** The size in the header, if it differs from the real one. */
  readonly statedSize?: number;
}

export function rawTar(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.map(rawEntry), Buffer.alloc(1_024)]);
}

function rawEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? "");
  const header = Buffer.alloc(512);
  header.write(entry.path, 0, 100, "utf8");
  header.write(octal(entry.mode ?? 0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(entry.statedSize ?? content.length, 11), 124);
  header.write(octal(0, 11), 136);
  header.fill(" ", 148, 156);
  header.write(entry.type ?? "0", 156);
  header.write(entry.link ?? "", 157, 100, "utf8");
  header.write("ustar\u000000", 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${octal(sum, 6)}\u0000 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
