import type { ApiVersion } from "../api.ts";

/** Deployed APIs and their versions. */
export interface ApiLedger {
  /** Records the version and makes it the API's current one. @throws {MillraceError} conflict when another API has its endpoint */
  put(api: ApiVersion): Promise<void>;
  /** The current version, or undefined. */
  get(name: string): Promise<ApiVersion | undefined>;
  /** The current version of the API that answers at `endpoint`, or undefined. */
  byEndpoint(endpoint: string): Promise<ApiVersion | undefined>;
  /** One version, also of a deleted API, as long as it is kept for its jobs. */
  version(name: string, version: string): Promise<ApiVersion | undefined>;
  /** Current versions, by name. */
  list(): Promise<readonly ApiVersion[]>;
  /** Forgets the API; its jobs and the versions they are pinned to stay. @throws {MillraceError} api_not_found */
  delete(name: string): Promise<void>;
}
