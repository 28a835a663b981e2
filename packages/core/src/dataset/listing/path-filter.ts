import { MillraceError } from "../../errors.ts";
import type { PathFilter } from "../../job.ts";
import { compileGlob, type GlobMatch, globBase, hasGlob } from "../glob.ts";

/** What to list for one entry of `paths`. */
export interface Entry {
  readonly path: string;
  readonly prefix: string;
  readonly match?: GlobMatch;
}

/** A compiled {@link PathFilter}. */
export interface CompiledFilter {
  readonly entries: readonly Entry[];
  readonly includes: readonly GlobMatch[];
  readonly excludes: readonly GlobMatch[];
}

/**
 * Checks a filter without listing anything.
 *
 * @throws {MillraceError} invalid_submission naming the glob and what is wrong with it
 */
export function checkPathFilter(filter: PathFilter): void {
  compileFilter(filter);
}

/** @throws {MillraceError} invalid_submission, no_input */
export function compileFilter(filter: PathFilter): CompiledFilter {
  if (filter.paths.length === 0) {
    throw new MillraceError(
      "no_input",
      "Cannot list the dataset: no paths are given, expected at least one",
      {
        details: { field: fieldOf(filter, "paths") },
      },
    );
  }
  return {
    entries: filter.paths.map((path, i) => compileEntry(path, fieldOf(filter, "paths", i))),
    includes: filter.includes.map((glob, i) => compileMatch(glob, fieldOf(filter, "includes", i))),
    excludes: filter.excludes.map((glob, i) => compileMatch(glob, fieldOf(filter, "excludes", i))),
  };
}

/** The field as the submission spells it, such as `delimited_files.s3_paths[0]`. */
export function fieldOf(
  { kind }: PathFilter,
  name: "paths" | "includes" | "excludes",
  index?: number,
): string {
  const field = `${name === "paths" ? "s3_paths" : name}${index === undefined ? "" : `[${index}]`}`;
  return kind ? `${kind}.${field}` : field;
}

function compileEntry(path: string, field: string): Entry {
  if (!hasGlob(path)) return { path, prefix: path };
  const glob = compileMatch(path, field);
  // Keys may contain "[" or "?": the entry is also used as a raw prefix.
  const match = Object.assign((name: string) => glob(name) || name.startsWith(path), {
    begins: (name: string) => glob.begins(name) || name.startsWith(path) || path.startsWith(name),
  });
  return { path, prefix: globBase(path), match };
}

function compileMatch(glob: string, field: string): GlobMatch {
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
