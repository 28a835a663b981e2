import { relative, sep } from "node:path";

/** Maps each importing file to the files that it imports. Paths are absolute. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/**
 * The cycles in which the entries of a folder, its files and subfolders, import each other: `a/b: c -> d.ts -> c`. A
 * folder stands for everything below it, so code shared by two folders belongs above or below both.
 */
export function circlesOf(imports: Imports, root: string): readonly string[] {
  const folders = new Map<string, Map<string, Set<string>>>();
  for (const [from, targets] of [...imports].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const to of targets) {
      const [folder, entry, target] = whereTheyPart(relative(root, from), relative(root, to));
      const entries = folders.get(folder) ?? new Map<string, Set<string>>();
      folders.set(folder, entries.set(entry, (entries.get(entry) ?? new Set()).add(target)));
    }
  }
  return [...folders].flatMap(([folder, entries]) =>
    cycles(entries).map((cycle) => `${folder}: ${cycle.join(" -> ")}`),
  );
}

/** The deepest folder that contains both files, and its entries that lead to each. */
function whereTheyPart(from: string, to: string): readonly [string, string, string] {
  const [steps, others] = [from.split(sep), to.split(sep)];
  const at = steps.findIndex((step, i) => step !== others[i]);
  // A file that imports itself is a cycle of one.
  const shared = at < 0 ? steps.length - 1 : at;
  return [steps.slice(0, shared).join("/"), steps[shared] ?? "", others[shared] ?? ""];
}

/** Every cycle once, by depth-first search. */
function cycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (entry: string) => {
    const at = path.indexOf(entry);
    if (at >= 0) found.push([...path.slice(at), entry]);
    if (at >= 0 || done.has(entry)) return;
    path.push(entry);
    for (const next of [...(graph.get(entry) ?? [])].sort()) visit(next);
    path.pop();
    done.add(entry);
  };
  for (const entry of graph.keys()) visit(entry);
  return found;
}
