import { createReadStream } from "node:fs";
import { type ApiVersion, type Backend, MillraceError, writeObject } from "@millrace/core";

export interface InstallOptions {
  /** The archive as it was received; it becomes an object of the version. */
  readonly archivePath: string;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The object that holds a version's project. */
export function archiveUri(backend: Backend, api: ApiVersion): string {
  return backend.objects.apiUri(api.name, api.version, "project.tar.gz");
}

/**
 * Makes a version runnable and current. Until the last step the version before stays current.
 *
 * @throws {MillraceError} conflict when another API has the endpoint; what `pool.prepare` throws
 */
export async function installVersion(
  backend: Backend,
  api: ApiVersion,
  options: InstallOptions,
): Promise<void> {
  const { archivePath, onOutput, signal } = options;
  try {
    await writeObject(backend.objects, archiveUri(backend, api), { chunks: createReadStream(archivePath) });
    await backend.pool.prepare(api, { archiveUri: archiveUri(backend, api), onOutput, signal });
    signal.throwIfAborted();
    await backend.ledger.apis.put(api);
  } catch (error) {
    // What cannot be removed now is at the next start; why the deploy failed is what counts.
    await discard(backend, api).catch(() => {});
    throw error;
  }
}

/** Removes what a deploy that failed has made, unless the version was deployed before: jobs may use it. */
async function discard(backend: Backend, api: ApiVersion): Promise<void> {
  if (await backend.ledger.apis.version(api.name, api.version)) return;
  await backend.objects.removeAll(backend.objects.apiUri(api.name, api.version, ""));
  await backend.pool.forget(api);
}

/** Refused before minutes of installation, not after; `apis.put` decides. @throws {MillraceError} conflict */
export async function checkEndpoint(backend: Backend, api: ApiVersion): Promise<void> {
  const { endpoint } = api.spec.networking;
  const holder = await backend.ledger.apis.byEndpoint(endpoint);
  if (!holder || holder.name === api.name) return;
  throw new MillraceError(
    "conflict",
    `Cannot deploy API "${api.name}": its endpoint "${endpoint}" belongs to API "${holder.name}"; choose another networking.endpoint`,
    { details: { field: "networking.endpoint", endpoint, api: holder.name } },
  );
}
