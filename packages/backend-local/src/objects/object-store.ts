import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { MillraceError, type ObjectStore, systemCode } from "@millrace/core";
import { type Home, isSafeName } from "../home/home.ts";
import { translateFileError } from "./object-errors.ts";
import { listFiles, listPaths } from "./object-list.ts";
import { readFileRange, streamFileRange } from "./object-read.ts";
import { objectStat } from "./object-stat.ts";
import { pathOfUri } from "./object-uri.ts";
import { openFileWriter } from "./object-writer.ts";

/**
 * Files as objects. Accepts an absolute path or a `file://` URI; returns absolute paths only. The platform's own
 * objects are under `jobs/<id>/objects` and `apis/<name>/<version>/objects`; it writes nowhere else.
 */
export function localObjectStore(home: Home): ObjectStore {
  return {
    stat: async (uri) => {
      const path = pathOfUri(uri);
      try {
        return objectStat(path, await stat(path, { bigint: true }));
      } catch (error) {
        throw translateFileError(error, path);
      }
    },
    list: async function* (prefix, options) {
      yield* listFiles(pathOfUri(prefix), options);
    },
    listUris: async function* (prefix, options) {
      yield* listPaths(pathOfUri(prefix), options);
    },
    read: async (uri, options = {}) => await readFileRange(pathOfUri(uri), options),
    stream: async function* (uri, options = {}) {
      yield* streamFileRange(pathOfUri(uri), options);
    },
    writer: async (uri) => {
      const path = ownPath(home, uri);
      if (path.endsWith("/")) throw notOurs(uri);
      return await openFileWriter(path, home);
    },
    removeAll: async (prefix) => await removePrefix(ownPath(home, prefix)),
    jobUri: (jobId, name) => join(home.objectsDirectory(checked(jobId)), checkedObject(name)),
    apiUri: (apiName, version, name) =>
      join(home.apiDirectory(checked(apiName), checked(version)), "objects", checkedObject(name)),
    display: (uri) => pathOfUri(uri),
  };
}

function checked(name: string): string {
  if (isSafeName(name)) return name;
  throw new TypeError(`Cannot make a URI of "${name}": it cannot be a folder's name`);
}

function checkedObject(name: string): string {
  if (!name.includes("\0") && !name.split("/").includes("..")) return name === "" ? "/" : name;
  throw new TypeError(`Cannot make a URI of "${name}": it leaves its folder`);
}

/** The path of one of the platform's own objects. Everything else is the user's, and is never written or removed. */
function ownPath(home: Home, uri: string): string {
  const path = pathOfUri(uri);
  const parts = posix.relative(posix.normalize(home.root), path).split("/");
  const isJob = parts[0] === "jobs" && parts[2] === "objects";
  const isApi = parts[0] === "apis" && parts[3] === "objects";
  if (isJob || isApi) return path;
  throw notOurs(uri);
}

function notOurs(uri: string): MillraceError {
  return new MillraceError(
    "unsupported_uri",
    `Cannot write or remove "${uri}": not one of the platform's own objects`,
    { details: { uri } },
  );
}

/** Removes what starts with `prefix`; links are removed, never followed. */
async function removePrefix(prefix: string): Promise<void> {
  const directory = prefix.endsWith("/") ? prefix : `${dirname(prefix)}/`;
  const start = prefix.slice(directory.length);
  try {
    for (const name of await readdir(directory)) {
      if (name.startsWith(start)) await rm(directory + name, { recursive: true, force: true });
    }
    // Leave nothing of a submission that never became a job.
    if (start === "" && basename(directory) === "objects") await removeEmpty([directory, dirname(directory)]);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw translateFileError(error, prefix);
  }
}

async function removeEmpty(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    try {
      await rmdir(directory);
    } catch (error) {
      if (systemCode(error) === "ENOTEMPTY") return;
      throw error;
    }
  }
}
