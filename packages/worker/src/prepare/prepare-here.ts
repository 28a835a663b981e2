import { createWriteStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type ApiVersion,
  ERROR_CODES,
  type ErrorCode,
  type Logger,
  MillraceError,
  type ObjectStore,
  waitOut,
} from "@millrace/core";

import { environmentArchive } from "./environment-archive.ts";
import { withLock } from "./environment-lock.ts";
import { prepareVersion } from "./prepare-version.ts";
import { type Prepared, readPrepared, tryReadPrepared } from "./prepared.ts";
import type { PrepareEvent } from "./run-step.ts";

export interface PrepareHereOptions {
  readonly api: ApiVersion;
  readonly objects: ObjectStore;
  /** Directory on this machine, shared by its workers: what one has prepared, the others use. */
  readonly scratchDirectory: string;
  /** Called with each line of the installation's output. */
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Prepares a version on a machine that the service does not know, from its archive in the object store. Of several
 * workers on the machine, one does it and the others wait; later ones find it ready.
 *
 * @throws {MillraceError} invalid_archive, dependencies_failed, predictor_not_loadable, unavailable
 */
export async function prepareHere(options: PrepareHereOptions): Promise<Prepared> {
  const { api, scratchDirectory, onOutput, signal } = options;
  await claim(scratchDirectory);
  const versionDir = join(scratchDirectory, "apis", api.name, api.version);
  await mkdir(versionDir, { recursive: true, mode: 0o700 });
  const ready = await tryReadPrepared(versionDir);
  if (ready) return ready;
  const onWait = () => onOutput("waiting for another worker that prepares the same version");
  return withLock(join(versionDir, "lock.db"), () => prepareLocked(versionDir, options), { onWait, signal });
}

/**
 * Creates the directory, or checks that it is its own: in a place writable by everyone, another user's predictor could
 * have created it.
 */
async function claim(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { uid } = await stat(directory);
  const user = process.getuid?.() ?? uid;
  if (uid === user) return;
  throw new MillraceError(
    "backend_misconfigured",
    `Cannot use the scratch directory "${directory}": it belongs to user ${uid}, expected ${user}; remove it, or end that machine`,
  );
}

async function prepareLocked(versionDir: string, options: PrepareHereOptions): Promise<Prepared> {
  const { api, objects, scratchDirectory, onOutput, signal, env, logger } = options;
  const ready = await tryReadPrepared(versionDir);
  if (ready) return ready;
  const archivePath = join(versionDir, "project.tar.gz");
  let last: PrepareEvent | undefined;
  const emit = (event: PrepareEvent) => {
    if (event.type === "output") onOutput(event.text);
    else last = event;
  };
  const uri = objects.apiUri(api.name, api.version, "project.tar.gz");
  const cacheDir = join(scratchDirectory, "cache");
  try {
    await waitOut(() => download(objects, { uri, archivePath, signal }), { logger, signal });
    const { spec } = api;
    const archive = environmentArchive({
      objects,
      uriOf: (name) => objects.apiUri(api.name, api.version, name),
      signal,
    });
    const options = { versionDir, cacheDir, spec, archivePath, archive, emit, signal, env };
    const prepared = await prepareVersion(options);
    if (!prepared) throw errorOf(last);
    return await readPrepared(versionDir);
  } finally {
    await rm(archivePath, { force: true });
  }
}

async function download(
  objects: ObjectStore,
  {
    uri,
    archivePath,
    signal,
  }: { readonly uri: string; readonly archivePath: string; readonly signal: AbortSignal },
): Promise<void> {
  await pipeline(Readable.from(objects.stream(uri, { signal })), createWriteStream(archivePath));
}

function errorOf(event: PrepareEvent | undefined): MillraceError {
  if (event?.type !== "error")
    return new MillraceError("internal", "The preparation ended without reporting a result");
  const code = Object.hasOwn(ERROR_CODES, event.code) ? (event.code as ErrorCode) : "internal";
  return new MillraceError(code, event.message, { details: event.details ?? {} });
}
