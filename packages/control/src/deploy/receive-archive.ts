import { mkdtemp, open, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import { consumeBody } from "../http/read-body.ts";

/** Writes the request's body to a file of its own, and hands it to `use`; the file is removed when `use` has settled. */
export async function receiveArchive<Value>(
  request: IncomingMessage,
  limitBytes: number,
  use: (archivePath: string) => Promise<Value>,
): Promise<Value> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-deploy-"));
  try {
    const path = join(directory, "project.tar.gz");
    const bytes = await writeBody(request, { limitBytes, path });
    if (bytes === 0) {
      throw new MillraceError(
        "invalid_archive",
        "Cannot read the archive: the body is empty, expected a .tar.gz",
      );
    }
    return await use(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
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
