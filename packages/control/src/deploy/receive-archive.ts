import { mkdir, mkdtemp, open, readdir, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import { consumeBody } from "../http/read-body.ts";

const PREFIX = "upload-";

/**
 * Writes the request's body to a new file in `directory` and passes it to `use`. The file is removed when `use` has
 * settled, or when the client disconnects before the upload is complete.
 */
export async function receiveArchive<Value>(
  request: IncomingMessage,
  { directory, limitBytes }: { readonly directory: string; readonly limitBytes: number },
  use: (archivePath: string) => Promise<Value>,
): Promise<Value> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(directory, PREFIX));
  try {
    const path = join(own, "project.tar.gz");
    const bytes = await writeBody(request, { limitBytes, path });
    if (bytes === 0) {
      throw new MillraceError(
        "invalid_archive",
        "Cannot read the archive: the body is empty, expected a .tar.gz",
      );
    }
    return await use(path);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Removes uploads left behind by a service that was killed. */
export async function sweepUploads(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    if (name.startsWith(PREFIX)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function writeBody(
  request: IncomingMessage,
  { limitBytes, path }: { readonly limitBytes: number; readonly path: string },
): Promise<number> {
  const wayOut =
    "leave big files out with a .millraceignore file and let the predictor read them from where they are";
  const file = await open(path, "wx", 0o600);
  let bytes = 0;
  try {
    await consumeBody(request, { limitBytes, wayOut }, async (chunk) => {
      await file.appendFile(chunk);
      bytes += chunk.length;
    });
  } finally {
    await file.close();
  }
  return bytes;
}
