import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ProjectFile } from "@millrace/core";
import { type ArchiveLimits, readArchive } from "./read-archive.ts";

const ASIDE = "unpacking-";

/**
 * Unpacks a project into `targetDir`, whole or not at all: into a directory next to it first, which is then renamed.
 * What is at `targetDir` is replaced.
 *
 * @throws {MillraceError} invalid_archive
 */
export async function unpackArchive(
  archivePath: string,
  targetDir: string,
  limits: ArchiveLimits = {},
): Promise<void> {
  const parent = dirname(targetDir);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const aside = join(parent, `${ASIDE}${randomBytes(6).toString("hex")}`);
  await mkdir(aside);
  try {
    await writeEntries(archivePath, aside, limits);
    await rm(targetDir, { recursive: true, force: true });
    await rename(aside, targetDir);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The files of an archive, for `projectVersion`; checked as {@link unpackArchive} checks, nothing is written.
 *
 * @throws {MillraceError} invalid_archive
 */
export async function archiveFiles(
  archivePath: string,
  limits: ArchiveLimits = {},
): Promise<readonly ProjectFile[]> {
  const files: ProjectFile[] = [];
  await readArchive(
    archivePath,
    {
      async directory() {},
      async file(path, { executable, content }) {
        const hash = createHash("sha256");
        for await (const chunk of content) hash.update(chunk);
        files.push({ path, executable, sha256: hash.digest("hex") });
      },
    },
    limits,
  );
  return files;
}

async function writeEntries(archivePath: string, root: string, limits: ArchiveLimits): Promise<void> {
  await readArchive(
    archivePath,
    {
      async directory(path) {
        await mkdir(join(root, path), { recursive: true });
      },
      async file(path, { executable, content }) {
        const target = join(root, path);
        await mkdir(dirname(target), { recursive: true });
        // "wx": a file that is there already was not admitted twice, so something else is wrong.
        await pipeline(content, createWriteStream(target, { flags: "wx", mode: executable ? 0o755 : 0o644 }));
      },
    },
    limits,
  );
}

/** A preparation that was killed leaves its half behind. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(ASIDE)) await rm(join(parent, name), { recursive: true, force: true });
  }
}
