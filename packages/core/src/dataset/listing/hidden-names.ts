import type { PathFilter } from "../../job.ts";
import { compileGlob, globBase, hasGlob } from "../glob.ts";

/**
 * Start of a glob part that explicitly matches hidden names: a dot or underscore, also as the first character in braces
 * or brackets.
 */
const MEANS_HIDDEN = /^(?:\\?[._]|\{(?:[^}]*,)?\\?[._]|\[(?![!^])[^\]]*[._])/;

/** Says whether the path after a prefix contains a hidden name. */
export type IsHidden = (rest: string, prefix: string) => boolean;

/**
 * The rule for hidden names, as in Hadoop and Spark: names of files and directories below the listed prefix that start
 * with `.` or `_`. `_year=2026` is a partition, and therefore data.
 *
 * If a part of a glob, of a path or of the includes, starts that way itself, the names it matches are not hidden.
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
    // The prefix may end in the middle of the first name.
    const names = rest.split("/").slice(prefix.endsWith("/") ? 0 : 1);
    return names.some((name) => isHiddenName(name) && !meant.some((matches) => matches(name)));
  };
}

function isHiddenName(name: string): boolean {
  return name.startsWith(".") || (name.startsWith("_") && !name.includes("="));
}

/** An alternative in braces that contains a slash is not a valid glob by itself. */
function compiled(part: string): readonly ((name: string) => boolean)[] {
  try {
    return [compileGlob(part)];
  } catch {
    return [];
  }
}
