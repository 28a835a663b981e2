import { createHash } from "node:crypto";
import { isRawNumber } from "@millrace/exact-json";

/** One file of a project, as far as the version depends on it. */
export interface ProjectFile {
  /** Relative to the project directory, with forward slashes. */
  readonly path: string;
  /** The executable bit; a version depends on no other mode bit. */
  readonly executable: boolean;
  /** SHA-256 of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

const VERSION_DIGITS = 16;

/**
 * The version of a project: 16 hexadecimal digits, hashed from its files and its spec. The order of `files` and of the
 * spec's keys does not matter. The archive's bytes are never hashed, since they differ between runtimes for the same
 * content.
 *
 * @param specView any JSON value that represents the whole spec
 */
export function projectVersion(files: readonly ProjectFile[], specView: unknown): string {
  const hash = createHash("sha256");
  for (const { path, executable, sha256 } of [...files].sort(byPath)) {
    hash.update(JSON.stringify([path, executable, sha256])).update("\n");
  }
  hash.update(canonicalJson(specView));
  return hash.digest("hex").slice(0, VERSION_DIGITS);
}

/** JSON with the keys of every object sorted, so that equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner) || isRawNumber(inner))
      return inner;
    // Objects with a null prototype keep even a key named __proto__.
    const sorted: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(inner).sort()) sorted[key] = (inner as Record<string, unknown>)[key];
    return sorted;
  });
}

function byPath(a: ProjectFile, b: ProjectFile): number {
  // By UTF-16 code unit, since localeCompare depends on the machine.
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
