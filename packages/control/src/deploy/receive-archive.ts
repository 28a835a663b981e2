import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
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
  const file = createWriteStream(path, { mode: 0o600 });
  let bytes = 0;
  const written = finished(file);
  written.catch(() => {});
  const wayOut =
    "leave big files out with a .millraceignore file and let the predictor read them from where they are";
  try {
    await consumeBody(request, { limitBytes, wayOut }, (chunk) => {
      bytes += chunk.length;
      if (file.write(chunk)) return;
      return new Promise((resolve, reject) => file.once("drain", resolve).once("error", reject));
    });
  } finally {
    file.end();
  }
  await written;
  return bytes;
}
