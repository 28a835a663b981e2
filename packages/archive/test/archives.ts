import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type RawEntry, rawTar } from "@millrace/fuzz";
import type { ExecutionContext } from "ava";
import { type ArchiveEntry, readArchive } from "../src/mod.ts";

/** A directory that goes with its test. */
export function temporaryDirectory(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), "millrace-archive-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

/** Writes bytes to a file of the test's own and gives its path. */
export function writeBytes(t: ExecutionContext, bytes: Buffer): string {
  const path = join(temporaryDirectory(t), "project.tar.gz");
  writeFileSync(path, bytes);
  return path;
}

/** Writes a `.tar.gz` of the entries and gives its path. */
export function writeArchive(t: ExecutionContext, entries: readonly RawEntry[]): string {
  return writeBytes(t, gzipSync(rawTar(entries)));
}

/** What an archive holds: paths, directories with a slash at their end, and the bytes of files. */
export async function contentsOf(
  path: string,
  options: Parameters<typeof readArchive>[1] = {},
): Promise<Readonly<Record<string, string>>> {
  const contents: [string, string][] = [];
  for await (const entry of readArchive(path, options)) {
    contents.push(entry.kind === "directory" ? [`${entry.path}/`, ""] : [entry.path, await textOf(entry)]);
  }
  return Object.fromEntries(contents);
}

export async function textOf(entry: ArchiveEntry): Promise<string> {
  const pieces: Buffer[] = [];
  if (entry.kind === "file") for await (const piece of entry.content) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}

/** A record of the next entry's extended header (POSIX): its length, in decimal, counts itself. */
export function pax(key: string, value: string, type = "x"): RawEntry {
  return { path: "PaxHeader", type, content: paxRecord(key, value) };
}

export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}

/** What tells the next entry's name where the header has no room for it (GNU). */
export function longName(path: string): RawEntry {
  return { path: "././@LongLink", type: "L", content: `${path}\0` };
}
