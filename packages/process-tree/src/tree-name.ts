/** Every process of a tree has this in its environment: children inherit it, even if they detach from their parents. */
export const TREE_VARIABLE = "MILLRACE_TREE";

/**
 * The name of a tree within another. A name is a path that ends with a slash, so that everything whose name starts with
 * a tree's name belongs to that tree: a job's to its home, a worker's to its job.
 *
 * @param parent the name of the enclosing tree; undefined if there is none
 */
export function treeName(parent: string | undefined, ...names: readonly string[]): string {
  return `${parent ?? ""}${names.map((name) => `${name}/`).join("")}`;
}

/** The tree that a process's environment names, if any; `environment` is in the format of /proc. */
export function treeOf(environment: Buffer): string | undefined {
  const needle = `${TREE_VARIABLE}=`;
  for (let at = environment.indexOf(needle); at !== -1; at = environment.indexOf(needle, at + 1)) {
    // It may also be part of another variable's value.
    if (at > 0 && environment[at - 1] !== 0) continue;
    const end = environment.indexOf(0, at);
    return environment.toString("latin1", at + needle.length, end === -1 ? environment.length : end);
  }
  return undefined;
}
