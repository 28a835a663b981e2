import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ApiSpec, ApiVersion, Logger } from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import type { StateFiles } from "../state/state-files.ts";
import { putApi } from "./ledger-apis.ts";

/**
 * After the index was lost, deploys the newest version of each API on the disk again. This includes deleted APIs,
 * because only the index recorded the deletion.
 */
export function restoreApis(files: StateFiles, logger: Logger): void {
  const index = files.index();
  const { apisDirectory } = files.home;
  const isEmpty = !index.get("SELECT 1 FROM versions") && !index.get("SELECT 1 FROM jobs");
  if (!isEmpty || !existsSync(apisDirectory)) return;
  const newest = readdirSync(apisDirectory)
    .map((name) => newestVersion(files, name))
    .filter((api) => api !== undefined)
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
  for (const api of newest) {
    try {
      putApi(index, api);
      logger.warn("deployed an API again that the index did not know", {
        api: api.name,
        api_id: api.version,
      });
    } catch (error) {
      // A newer API uses the same endpoint.
      logger.warn("cannot deploy an API again", { api: api.name, error });
    }
  }
}

/** Adds a version that exists only on the disk to the index, because a job needs it. */
export function restoreVersion(files: StateFiles, name: string, version: string): void {
  const index = files.index();
  if (index.get("SELECT 1 FROM versions WHERE name = ? AND version = ?", name, version)) return;
  const api = readVersion(files, name, version);
  if (!api) return;
  index.run(
    "INSERT INTO versions (name, version, created_at, spec) VALUES (?, ?, ?, ?)",
    name,
    version,
    api.createdAtMs,
    JSON.stringify(api.spec),
  );
}

function newestVersion(files: StateFiles, name: string): ApiVersion | undefined {
  return readdirSync(join(files.home.apisDirectory, name))
    .map((version) => readVersion(files, name, version))
    .filter((api) => api !== undefined)
    .sort((a, b) => b.createdAtMs - a.createdAtMs)[0];
}

/** Reads the file that the version's preparation wrote. */
function readVersion(files: StateFiles, name: string, version: string): ApiVersion | undefined {
  const file = join(files.home.apiDirectory(name, version), "spec.json");
  try {
    const spec = parseExactJson(readFileSync(file, "utf8")) as ApiSpec;
    return { name, version, spec, createdAtMs: Math.floor(statSync(file).mtimeMs) };
  } catch {
    return undefined;
  }
}
