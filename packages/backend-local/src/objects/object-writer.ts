import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ObjectStat, ObjectWriter } from "@millrace/core";
import type { Home } from "../home/home.ts";
import { syncName } from "../home/sync-folder.ts";
import { temporaryName } from "../home/temporary-files.ts";
import { translateFileError } from "./object-errors.ts";
import { objectStat } from "./object-stat.ts";

/** Writes to a temporary file and renames it into place on `commit`, so that the file is never visible in part. */
export async function openFileWriter(
  path: string,
  { temporaryDirectory, root }: Pick<Home, "temporaryDirectory" | "root">,
): Promise<ObjectWriter> {
  const temporary = join(temporaryDirectory, temporaryName("object"));
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw translateFileError(error, path);
    }
  };
  const handle = await guard(async () => {
    await mkdir(temporaryDirectory, { recursive: true });
    return await open(temporary, "wx");
  });
  let state: "open" | "committed" | "aborted" = "open";
  const end = (next: "committed" | "aborted") => {
    if (state !== "open") throw new TypeError(`Cannot write "${path}": the writer is ${state}`);
    state = next;
  };
  return {
    write: async (chunk) => {
      if (state !== "open") throw new TypeError(`Cannot write "${path}": the writer is ${state}`);
      await guard(() => handle.writeFile(chunk));
    },
    commit: async () => {
      end("committed");
      return await guard(() => place(handle, temporary, { path, root }));
    },
    abort: async () => {
      if (state !== "open") return;
      end("aborted");
      await handle.close();
      await rm(temporary, { force: true });
    },
  };
}

async function place(
  handle: Awaited<ReturnType<typeof open>>,
  temporary: string,
  { path, root }: { readonly path: string; readonly root: string },
): Promise<ObjectStat> {
  try {
    // Without this, a power cut could keep the name but lose the bytes.
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await mkdir(dirname(path), { recursive: true });
    await rename(temporary, path);
    await syncName(path, root);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return objectStat(path, await stat(path, { bigint: true }));
}
