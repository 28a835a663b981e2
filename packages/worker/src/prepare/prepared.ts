import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import { withPath } from "./process-environment.ts";

const FILE = "prepared.json";
const FORMAT = 1;

/** What a worker needs to start the predictor of a prepared version. Paths are absolute. */
export interface Prepared {
  readonly format: typeof FORMAT;
  /** The unpacked project: the predictor's working directory. */
  readonly cwd: string;
  /** The interpreter with the dependencies; a bare name is looked up on PATH. Absent for TypeScript. */
  readonly python?: string;
  /** Variables from `.env`, `predictor.env` and the installed environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Prepended to PATH, in this order. */
  readonly binDirs: readonly string[];
}

/** The environment of the predictor's process: `base` plus the project's settings. */
export function predictorEnvironment(
  prepared: Prepared,
  base: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return withPath(base, prepared.env, prepared.binDirs);
}

/**
 * The result of preparing a version.
 *
 * @throws {MillraceError} state_corrupt when it never finished successfully, or its file is damaged
 */
export async function readPrepared(versionDir: string): Promise<Prepared> {
  const prepared = await tryReadPrepared(versionDir);
  if (prepared !== undefined) return prepared;
  throw new MillraceError(
    "state_corrupt",
    `Cannot use "${join(versionDir, FILE)}": missing or damaged, expected a prepared version; deploy the API again`,
  );
}

/** Like {@link readPrepared}, but undefined instead of throwing. */
export async function tryReadPrepared(versionDir: string): Promise<Prepared | undefined> {
  try {
    const value = JSON.parse(await readFile(join(versionDir, FILE), "utf8")) as Partial<Prepared>;
    return value.format === FORMAT && typeof value.cwd === "string" ? (value as Prepared) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Written last and atomically: a version with this file is ready. Mode 0600, since `.env` may contain secrets. */
export async function writePrepared(
  versionDir: string,
  prepared: Omit<Prepared, "format">,
): Promise<Prepared> {
  const whole: Prepared = { format: FORMAT, ...prepared };
  const aside = join(versionDir, `${FILE}.${process.pid}`);
  await writeFile(aside, `${JSON.stringify(whole)}\n`, { mode: 0o600 });
  await rename(aside, join(versionDir, FILE));
  return whole;
}
