/** Every process of a tree has it in its environment: children inherit it, whatever they do to leave their parents. */
export const TREE_VARIABLE = "MILLRACE_TREE";

/**
 * The name of a tree within another. A name is a path that ends in a slash, so that whatever begins with the name of a tree
 * belongs to it: a job's to its home, a worker's to its job.
 *
 * @param parent the name of the tree around it; undefined where there is none
 */
export function treeName(parent: string | undefined, ...names: readonly string[]): string {
  return `${parent ?? ""}${names.map((name) => `${name}/`).join("")}`;
}

/** The tree that the environment of a process names, if any; `environment` is as in /proc. */
export function treeOf(environment: Buffer): string | undefined {
  const needle = `${TREE_VARIABLE}=`;
  for (let at = environment.indexOf(needle); at !== -1; at = environment.indexOf(needle, at + 1)) {
    // It may also be text in another variable.
    if (at > 0 && environment[at - 1] !== 0) continue;
    const end = environment.indexOf(0, at);
    return environment.toString("latin1", at + needle.length, end === -1 ? environment.length : end);
  }
  return undefined;
}
