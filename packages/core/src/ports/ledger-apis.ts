import type { ApiVersion } from "../api.ts";

/** Deployed APIs and their versions. */
export interface ApiLedger {
  /** Records the version and makes it the API's current one. @throws {MillraceError} conflict when another API has its endpoint */
  put(api: ApiVersion): Promise<void>;
  /** The current version, or undefined. */
  get(name: string): Promise<ApiVersion | undefined>;
  /** The current version of the API that has this `endpoint`, or undefined. */
  byEndpoint(endpoint: string): Promise<ApiVersion | undefined>;
  /** One version, even of a deleted API while its jobs still need it. */
  version(name: string, version: string): Promise<ApiVersion | undefined>;
  /** Current versions, sorted by name. */
  list(): Promise<readonly ApiVersion[]>;
  /** Deletes the API; its jobs and the versions they are pinned to remain. @throws {MillraceError} api_not_found */
  delete(name: string): Promise<void>;
}
