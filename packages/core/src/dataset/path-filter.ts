import { MillraceError } from "../errors.ts";
import type { PathFilter } from "../job.ts";
import type { ObjectStat, ObjectStore } from "../ports/object-store.ts";
import { compileGlob, globBase, hasGlob } from "./glob.ts";

/** Says whether a path or URI matches. */
type Match = (path: string) => boolean;

/** A {@link PathFilter} made ready: one listing per entry of `paths`. */
interface CompiledFilter {
  readonly entries: readonly { readonly path: string; readonly prefix: string; readonly match?: Match }[];
  readonly includes: readonly Match[];
  readonly excludes: readonly Match[];
}

/**
 * Checks a filter without listing anything.
 *
 * @throws {MillraceError} invalid_submission naming the glob and what is wrong with it
 */
export function checkPathFilter(filter: PathFilter): void {
  compileFilter(filter);
}

/**
 * Lists the objects of a dataset: the prefixes in the order given, byte order of the URI within each, each object once.
 * Globs match the full URI, or its displayed form. An entry of `paths` with glob characters lists what the glob
 * matches (and what starts with the entry as it is written); `includes` and `excludes` apply after it.
 *
 * @throws {MillraceError} no_input when a prefix matches nothing, or when the filters leave nothing
 * @throws {MillraceError} invalid_submission when a glob is malformed
 */
export async function* listObjects(
  objects: ObjectStore,
  filter: PathFilter,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<ObjectStat> {
  const { entries, includes, excludes } = compileFilter(filter);
  // Two entries may overlap; one cannot, and then nothing need be remembered.
  const seen = entries.length > 1 ? new Set<string>() : undefined;
  let listed = 0;
  let kept = 0;
  for (const entry of entries) {
    let matched = 0;
    for await (const stat of objects.list(entry.prefix, signal ? { signal } : {})) {
      signal?.throwIfAborted();
      const names = [stat.uri, objects.display(stat.uri)];
      if (entry.match && !names.some(entry.match)) continue;
      matched += 1;
      if (seen?.has(stat.uri)) continue;
      seen?.add(stat.uri);
      listed += 1;
      if (includes.length > 0 && !includes.some((match) => names.some(match))) continue;
      if (excludes.some((match) => names.some(match))) continue;
      kept += 1;
      yield stat;
    }
    if (matched === 0) throw nothingListed(entry.path, filter.paths.indexOf(entry.path));
  }
  if (kept === 0) throw nothingLeft(listed, filter);
}

function compileFilter(filter: PathFilter): CompiledFilter {
  if (filter.paths.length === 0) {
    throw new MillraceError(
      "no_input",
      "Cannot list the dataset: no paths are given, expected at least one",
      {
        details: { field: "paths" },
      },
    );
  }
  return {
    entries: filter.paths.map((path, i) => compileEntry(path, `paths[${i}]`)),
    includes: filter.includes.map((glob, i) => compileMatch(glob, `includes[${i}]`)),
    excludes: filter.excludes.map((glob, i) => compileMatch(glob, `excludes[${i}]`)),
  };
}

function compileEntry(path: string, field: string) {
  if (!hasGlob(path)) return { path, prefix: path };
  const glob = compileMatch(path, field);
  // Keys may hold "[" or "?": the entry is also taken as the raw prefix it may be meant as.
  return { path, prefix: globBase(path), match: (name: string) => glob(name) || name.startsWith(path) };
}

function compileMatch(glob: string, field: string): Match {
  try {
    return compileGlob(glob);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError("invalid_submission", `Cannot use ${field} "${glob}" as a glob: ${reason}`, {
      details: { field, value: glob },
      cause,
    });
  }
}

function nothingListed(path: string, index: number): MillraceError {
  return new MillraceError(
    "no_input",
    `Cannot list "${path}": nothing starts with it, expected at least one object; check the path's spelling`,
    { details: { field: `paths[${index}]`, value: path } },
  );
}

function nothingLeft(listed: number, { includes, excludes }: PathFilter): MillraceError {
  const filters = [
    ...(includes.length > 0 ? [`includes ${JSON.stringify(includes)}`] : []),
    ...(excludes.length > 0 ? [`excludes ${JSON.stringify(excludes)}`] : []),
  ].join(" and ");
  return new MillraceError(
    "no_input",
    `Cannot list the dataset: of ${listed} listed objects none is left after ${filters}; globs match the full path, "*" stops at "/", "**" does not`,
    { details: { listed, includes, excludes } },
  );
}
