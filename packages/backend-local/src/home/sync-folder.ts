import { closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, relative } from "node:path";

/** Syncs a folder, so that its file names survive a power cut, including those of files renamed into it. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Syncs a file's name and the names of its parent folders, up to and including `root`. */
export async function syncName(file: string, root: string): Promise<void> {
  for (let folder = dirname(file); !relative(root, folder).startsWith(".."); folder = dirname(folder)) {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
