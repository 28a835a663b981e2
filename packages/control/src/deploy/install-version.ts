import { createReadStream } from "node:fs";
import { type ApiVersion, type Backend, MillraceError, writeObject } from "@millrace/core";

export interface InstallOptions {
  /** The uploaded archive; it becomes an object of the version. */
  readonly archivePath: string;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

/** URI of the object that contains a version's project. */
export function archiveUri(backend: Backend, api: ApiVersion): string {
  return backend.objects.apiUri(api.name, api.version, "project.tar.gz");
}

/**
 * Makes a version ready to run and current. The previous version stays current until the last step.
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
    // Anything left behind is removed at the next start; the error to report is why the deploy failed.
    await discard(backend, api).catch(() => {});
    throw error;
  }
}

/** Removes what a failed deploy created, unless the version had already been deployed: jobs may be using it. */
async function discard(backend: Backend, api: ApiVersion): Promise<void> {
  if (await backend.ledger.apis.version(api.name, api.version)) return;
  await backend.objects.removeAll(backend.objects.apiUri(api.name, api.version, ""));
  await backend.pool.forget(api);
}

/** Checks early, before minutes of installation; `apis.put` has the final say. @throws {MillraceError} conflict */
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
