import { spawnSync } from "node:child_process";
import process from "node:process";

/** Frameworks of more than 300 MB are tested where this interpreter has them. */
export const FRAMEWORKS_PYTHON = process.env.MILLRACE_FRAMEWORKS_PYTHON ?? "python3";

/** Synchronous, because ava wants to know all tests at once. */
export function hasModule(module: string): boolean {
  const find = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`;
  return spawnSync(FRAMEWORKS_PYTHON, ["-c", find]).status === 0;
}
