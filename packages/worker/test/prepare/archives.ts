import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type RawEntry, rawTar } from "@millrace/fuzz";
import type { ExecutionContext } from "ava";

/** A directory that goes with its test. */
export function temporaryDirectory(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), "millrace-prepare-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

/** Writes a `.tar.gz` of the entries and gives its path. */
export function writeArchive(dir: string, entries: readonly RawEntry[], name = "project.tar.gz"): string {
  const path = join(dir, name);
  writeFileSync(path, gzipSync(rawTar(entries)));
  return path;
}

/** A project of text files. */
export function writeProject(dir: string, files: Readonly<Record<string, string>>, name?: string): string {
  const entries = Object.entries(files).map(([path, content]) => ({ path, content }));
  return writeArchive(dir, entries, name);
}
