import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ignore from "ignore";

/** Files with gitignore patterns. Cortex's file is read as well; ours takes precedence. */
const IGNORE_FILES = [".cortexignore", ".millraceignore"] as const;

/** Ignored unless an ignore file says otherwise, such as with `!.config`. */
const BUILT_IN = [".*", "!.env", "__pycache__/", "*.pyc", "*.pyo", "node_modules/"] as const;

/** Whether a project leaves a path out; directories have a trailing slash. */
export type IsIgnored = (path: string) => boolean;

/** A project's rules: the built-in ones, then those of its ignore files. */
export async function ignoreRules(projectDir: string): Promise<IsIgnored> {
  // Case-sensitive on every system, so that a project is packed the same everywhere.
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
