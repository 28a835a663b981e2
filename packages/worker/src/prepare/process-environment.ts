import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { parseEnv } from "node:util";
import { TREE_VARIABLE } from "@millrace/process-tree";

export type Environment = Readonly<Record<string, string>>;

/** The project's variables: its `.env`, overridden by the configuration's `predictor.env`, which is more explicit. */
export async function projectEnvironment(
  projectDir: string,
  predictorEnv: Environment,
): Promise<Environment> {
  const text = await readFile(join(projectDir, ".env"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "EISDIR") return "";
    throw error;
  });
  const loaded: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (value !== undefined) loaded[name] = value;
  }
  return { ...loaded, ...predictorEnv };
}

/**
 * `base` with `over` on top and `binDirs` first on its PATH. A project's settings cannot remove a process from its
 * tree.
 */
export function withPath(
  base: Readonly<Record<string, string | undefined>>,
  over: Environment,
  binDirs: readonly string[],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...base, ...over, [TREE_VARIABLE]: base[TREE_VARIABLE] })) {
    if (value !== undefined) env[name] = value;
  }
  const path = [...binDirs, ...(env.PATH ? [env.PATH] : [])].join(delimiter);
  return path === "" ? env : { ...env, PATH: path };
}

/**
 * The environment without the variables of a package manager that started this process: npm and pnpm would take them
 * for their own settings. Settings made by the user, such as a registry, remain.
 */
export function withoutLifecycle(env: Environment): Record<string, string> {
  const left =
    /^(npm_(package|lifecycle)_|npm_(command|execpath|node_execpath)$|(p?npm)_config_(user_agent|verify_deps_before_run)$|INIT_CWD$|PNPM_PACKAGE_NAME$|PNPM_SCRIPT_SRC_DIR$)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !left.test(name)));
}
