import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ignore from "ignore";

/** Files with patterns in gitignore's syntax; Cortex's name is read, too, and ours has the last word. */
const IGNORE_FILES = [".cortexignore", ".millraceignore"] as const;

/** Left out unless an ignore file says otherwise, such as with `!.config`. */
const BUILT_IN = [".*", "!.env", "__pycache__/", "*.pyc", "*.pyo", "node_modules/"] as const;

/** Tells whether a project leaves a path out; directories are given with a slash at their end. */
export type IsIgnored = (path: string) => boolean;

/** The rules of a project: the built-in ones, then those of its ignore files. */
export async function ignoreRules(projectDir: string): Promise<IsIgnored> {
  // As git does where file names have case: one project packs the same everywhere.
  const rules = ignore({ ignorecase: false }).add([...BUILT_IN]);
  for (const name of IGNORE_FILES) {
    const text = await readFile(join(projectDir, name), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    rules.add(text.replace(/^\ufeff/, ""));
  }
  return (path) => rules.ignores(path);
}
