import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type ArchiveLimits, readArchive } from "@millrace/archive";
import { INSTALLATION } from "@millrace/core";

type UnpackOptions = ArchiveLimits & { readonly signal?: AbortSignal | undefined };

/**
 * Unpacks a project into `targetDir` atomically: first into a directory next to it, which is then renamed. An existing
 * `targetDir` is replaced.
 *
 * @throws {MillraceError} invalid_archive
 */
export async function unpackArchive(
  archivePath: string,
  targetDir: string,
  options: UnpackOptions = {},
): Promise<void> {
  const parent = dirname(targetDir);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const aside = join(parent, `${INSTALLATION.unpacking}${randomBytes(6).toString("hex")}`);
  await mkdir(aside);
  try {
    await writeEntries(archivePath, aside, options);
    await rm(targetDir, { recursive: true, force: true });
    await rename(aside, targetDir);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

async function writeEntries(archivePath: string, root: string, options: UnpackOptions): Promise<void> {
  for await (const entry of readArchive(archivePath, options)) {
    const target = join(root, entry.path);
    if (entry.kind === "directory") {
      await mkdir(target, { recursive: true });
      continue;
    }
    await mkdir(dirname(target), { recursive: true });
    const mode = entry.executable ? 0o755 : 0o644;
    // "wx": paths are never admitted twice, so an existing file means that something else is wrong.
    await pipeline(entry.content, createWriteStream(target, { flags: "wx", mode }));
  }
}

/** Removes the partial output of a preparation that was killed. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(INSTALLATION.unpacking))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}
