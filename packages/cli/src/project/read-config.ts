import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { ApiSpec } from "@millrace/core";
import { type ConfigWarning, parseApiConfigs } from "@millrace/core/schemas";
import { UserError } from "../user-error.ts";

/** Tried in this order if no file is given. */
const DEFAULT_FILES = ["millrace.yaml", "cortex.yaml"] as const;

/** A configuration and its project. */
export interface ProjectConfig {
  /** The file's directory; everything in it is the project. */
  readonly projectDir: string;
  /** The file's name in that directory. */
  readonly fileName: string;
  readonly apis: readonly ApiSpec[];
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Reads a configuration file, or the one in a directory.
 *
 * @throws {UserError} when there is none
 * @throws {MillraceError} invalid_config with every mistake and its place
 */
export async function readProjectConfig(cwd: string, file: string | undefined): Promise<ProjectConfig> {
  const path = await findConfig(cwd, file);
  const shown = relative(cwd, path) || path;
  const text = await readFile(path, "utf8");
  const { apis, warnings } = parseApiConfigs(text, { file: shown.startsWith("..") ? path : shown });
  return { projectDir: dirname(path), fileName: basename(path), apis, warnings };
}

async function findConfig(cwd: string, file: string | undefined): Promise<string> {
  const named = resolve(cwd, file ?? ".");
  const kind = await stat(named).catch(() => undefined);
  if (kind?.isFile()) return named;
  if (kind?.isDirectory()) {
    for (const name of DEFAULT_FILES) {
      const candidate = join(named, name);
      if ((await stat(candidate).catch(() => undefined))?.isFile()) return candidate;
    }
  }
  const what = kind === undefined ? "no such file" : `it has no ${DEFAULT_FILES.join(" or ")}`;
  throw new UserError(`Cannot read a configuration at "${file ?? named}": ${what}`, {
    hint: "name the file: millrace deploy path/to/millrace.yaml; or write a new project: millrace init",
  });
}
