import { MillraceError } from "../errors.ts";
import type { PathFilter } from "../job.ts";
import type { ObjectStat, ObjectStore } from "../ports/object-store.ts";
import { compileGlob, globBase, hasGlob } from "./glob.ts";

/** Says whether a path or URI matches. */
type Match = (path: string) => boolean;

/** What is listed for one entry of `paths`. */
interface Entry {
  readonly path: string;
  readonly prefix: string;
  readonly match?: Match;
}

/** A {@link PathFilter} made ready. */
interface CompiledFilter {
  readonly entries: readonly Entry[];
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
  const selection = new Selection(objects, filter);
  for (const entry of selection.entries) {
    for await (const stat of objects.list(entry.prefix, signal ? { signal } : {})) {
      signal?.throwIfAborted();
      if (selection.takes(stat.uri, entry)) yield stat;
    }
    selection.endEntry(entry);
  }
  selection.end();
}

/** The URIs of what {@link listObjects} lists, page by page; objects are not looked at. */
export async function* listUris(
  objects: ObjectStore,
  filter: PathFilter,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<readonly string[]> {
  const selection = new Selection(objects, filter);
  for (const entry of selection.entries) {
    for await (const page of objects.listUris(entry.prefix, signal ? { signal } : {})) {
      signal?.throwIfAborted();
      yield page.filter((uri) => selection.takes(uri, entry));
    }
    selection.endEntry(entry);
  }
  selection.end();
}

/** What of the listings of a filter's entries belongs to the dataset. */
class Selection {
  readonly #objects: ObjectStore;
  readonly #filter: PathFilter;
  readonly #compiled: CompiledFilter;
  /** Two entries may overlap; one cannot, and then nothing need be remembered. */
  readonly #seen: Set<string> | undefined;
  #matched = 0;
  #listed = 0;
  #kept = 0;

  constructor(objects: ObjectStore, filter: PathFilter) {
    this.#objects = objects;
    this.#filter = filter;
    this.#compiled = compileFilter(filter);
    if (this.entries.length > 1) this.#seen = new Set();
  }

  get entries(): readonly Entry[] {
    return this.#compiled.entries;
  }

  takes(uri: string, { match }: Entry): boolean {
    const displayed = this.#objects.display(uri);
    const isMatch = (test: Match) => test(uri) || (displayed !== uri && test(displayed));
    if (match && !isMatch(match)) return false;
    this.#matched += 1;
    if (this.#seen?.has(uri)) return false;
    this.#seen?.add(uri);
    this.#listed += 1;
    const { includes, excludes } = this.#compiled;
    if (includes.length > 0 && !includes.some(isMatch)) return false;
    if (excludes.some(isMatch)) return false;
    this.#kept += 1;
    return true;
  }

  /** @throws {MillraceError} no_input when the entry matched nothing */
  endEntry({ path }: Entry): void {
    if (this.#matched === 0) throw nothingListed(path, this.#filter.paths.indexOf(path));
    this.#matched = 0;
  }

  /** @throws {MillraceError} no_input when nothing was left */
  end(): void {
    if (this.#kept === 0) throw nothingLeft(this.#listed, this.#filter);
  }
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

function compileEntry(path: string, field: string): Entry {
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
