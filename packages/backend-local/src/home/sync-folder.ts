import { closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, relative } from "node:path";

/** Has the names in a folder on the disk: those of files that were renamed into it, too. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Has a file's name on the disk, and those of the folders that it is in, up to and with `root`. */
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
