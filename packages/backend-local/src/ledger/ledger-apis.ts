import { type ApiLedger, type ApiSpec, type ApiVersion, MillraceError } from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import type { Database } from "../state/database.ts";
import type { StateFiles } from "../state/state-files.ts";

interface VersionRow {
  readonly name: string;
  readonly version: string;
  readonly created_at: number;
  readonly spec: string;
}

const CURRENT = "SELECT v.* FROM apis a JOIN versions v ON v.name = a.name AND v.version = a.version";

/** APIs and their versions, stored in the index. */
export function localApiLedger(files: StateFiles): ApiLedger {
  const one = (sql: string, ...values: string[]) => {
    const row = files.index().get<VersionRow>(sql, ...values);
    return row && toApiVersion(row);
  };
  return {
    put: async (api) => putApi(files.index(), api),
    get: async (name) => one(`${CURRENT} WHERE a.name = ?`, name),
    byEndpoint: async (endpoint) => one(`${CURRENT} WHERE a.endpoint = ?`, endpoint),
    version: async (name, version) =>
      one("SELECT * FROM versions WHERE name = ? AND version = ?", name, version),
    list: async () => files.index().all<VersionRow>(`${CURRENT} ORDER BY a.name`).map(toApiVersion),
    delete: async (name) => deleteApi(files.index(), name),
  };
}

function toApiVersion(row: VersionRow): ApiVersion {
  return {
    name: row.name,
    version: row.version,
    spec: parseExactJson(row.spec) as ApiSpec,
    createdAtMs: row.created_at,
  };
}

/** Records a version and makes it the API's current one. @throws {MillraceError} conflict */
export function putApi(index: Database, api: ApiVersion): void {
  const { endpoint } = api.spec.networking;
  index.transaction(() => {
    const other = index.get<{ name: string }>(
      "SELECT name FROM apis WHERE endpoint = ? AND name <> ?",
      endpoint,
      api.name,
    );
    if (other) {
      throw new MillraceError(
        "conflict",
        `Cannot deploy API "${api.name}": API "${other.name}" answers at endpoint "${endpoint}", choose another in networking.endpoint or delete that API`,
        { details: { field: "networking.endpoint", endpoint, api_name: other.name } },
      );
    }
    // A version is immutable, so an existing row stays unchanged.
    index.run(
      "INSERT INTO versions (name, version, created_at, spec) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      api.name,
      api.version,
      api.createdAtMs,
      JSON.stringify(api.spec),
    );
    index.run(
      `INSERT INTO apis (name, version, endpoint) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET version = excluded.version, endpoint = excluded.endpoint`,
      api.name,
      api.version,
      endpoint,
    );
  });
}

function deleteApi(index: Database, name: string): void {
  index.transaction(() => {
    if (index.run("DELETE FROM apis WHERE name = ?", name) === 0) {
      throw new MillraceError(
        "api_not_found",
        `Cannot delete API "${name}": it does not exist, list the APIs to see their names`,
        { details: { api_name: name } },
      );
    }
    index.run(
      `DELETE FROM versions WHERE name = ?1 AND NOT EXISTS
       (SELECT 1 FROM jobs WHERE api_name = ?1 AND api_version = versions.version)`,
      name,
    );
  });
}
