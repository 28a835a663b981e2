import { Buffer } from "node:buffer";

export interface TarEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** @default "0", a file */
  readonly type?: string;
}

/** A tar archive in the format ustar, with names of up to 100 bytes and the zeros at its end. */
export function tarArchive(entries: readonly TarEntry[], { zeroBlocks = 2 } = {}): Buffer {
  return Buffer.concat([...entries.flatMap(tarEntry), Buffer.alloc(512 * zeroBlocks)]);
}

function tarEntry({ path, content = "", type = "0" }: TarEntry): readonly Buffer[] {
  const bytes = Buffer.from(content as string);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(`${" ".repeat(8)}${type}`, 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}
