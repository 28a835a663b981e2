import type { PathFilter } from "../../job.ts";
import { compileGlob, globBase, hasGlob } from "../glob.ts";

/** Begins a part of a glob that means hidden names: a dot or an underscore, also as the first of braces or brackets. */
const MEANS_HIDDEN = /^(?:\\?[._]|\{(?:[^}]*,)?\\?[._]|\[(?![!^])[^\]]*[._])/;

/** Says whether the rest of a path behind a prefix has a hidden name in it. */
export type IsHidden = (rest: string, prefix: string) => boolean;

/**
 * The rule for names that tools keep to themselves, as Hadoop and Spark have it: those that begin with `.` or `_`, of files
 * and directories, below the prefix that is listed. `_year=2026` is a partition, and data.
 *
 * A glob, of a path or of the includes, that has a part which begins so takes the names that this part matches.
 */
export function hiddenNames({ paths, includes }: PathFilter): IsHidden {
  const globs = [
    ...paths.filter(hasGlob).map((path) => path.slice(globBase(path).lastIndexOf("/") + 1)),
    ...includes,
  ];
  const meant = globs
    .flatMap((glob) => glob.split("/"))
    .filter((part) => MEANS_HIDDEN.test(part))
    .flatMap((part) => compiled(part));
  return (rest, prefix) => {
    // The first name goes on with what the prefix begins.
    const names = rest.split("/").slice(prefix.endsWith("/") ? 0 : 1);
    return names.some((name) => isHiddenName(name) && !meant.some((matches) => matches(name)));
  };
}

function isHiddenName(name: string): boolean {
  return name.startsWith(".") || (name.startsWith("_") && !name.includes("="));
}

/** A part of braces with a slash in them is no glob by itself. */
function compiled(part: string): readonly ((name: string) => boolean)[] {
  try {
    return [compileGlob(part)];
  } catch {
    return [];
  }
}
