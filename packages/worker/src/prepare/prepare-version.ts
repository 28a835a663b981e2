import { lstat, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ApiSpec, isMillraceError, MillraceError, passingError } from "@millrace/core";
import type { EnvironmentArchive } from "./environment-archive.ts";
import type { InstallContext } from "./install-context.ts";
import { installDependencies } from "./install-dependencies.ts";
import { checkLoads } from "./load-check.ts";
import { predictorEnvironment, tryReadPrepared, writePrepared } from "./prepared.ts";
import { projectEnvironment, withoutLifecycle, withPath } from "./process-environment.ts";
import type { PrepareEvent } from "./run-step.ts";
import { unpackArchive } from "./unpack-archive.ts";

export interface PrepareOptions {
  /** Directory of the version; created if missing. */
  readonly versionDir: string;
  /** Directory shared by versions. */
  readonly cacheDir: string;
  readonly spec: ApiSpec;
  /** The project as a `.tar.gz`; not read when the version is already unpacked. */
  readonly archivePath: string;
  /** Other machines' installations. @default none */
  readonly archive?: EnvironmentArchive | undefined;
  /** Install the dependencies even if already installed. @default false */
  readonly fresh?: boolean | undefined;
  readonly emit: (event: PrepareEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** The environment that installers and the predictor inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Umask of `dependencies.sh`, which is the user's own program. @default this process's */
  readonly umask?: number | undefined;
  /** Seconds that the predictor's module may take to load. @default LOAD_TIMEOUT_SECONDS */
  readonly loadTimeoutSeconds?: number | undefined;
}

/**
 * Makes a version ready to run: unpacks it, installs its dependencies, checks that its predictor loads, and writes
 * `prepared.json` last. It may be repeated after any interruption. For a prepared version only `fresh` has an effect,
 * and it does not touch what running workers use.
 *
 * Everything is reported through `emit`; the last event is `prepared` or `error`.
 *
 * @returns whether the version is prepared
 */
export async function prepareVersion(options: PrepareOptions): Promise<boolean> {
  try {
    await prepare(options);
    options.emit({ type: "prepared" });
    return true;
  } catch (error) {
    const known = toMillraceError(error, options.signal);
    options.emit({ type: "error", code: known.code, message: known.message, details: known.details });
    return false;
  }
}

async function prepare(options: PrepareOptions): Promise<void> {
  const { versionDir, spec, emit, signal, fresh = false } = options;
  const projectDir = join(versionDir, "project");
  await mkdir(versionDir, { recursive: true });
  const before = await tryReadPrepared(versionDir);
  const usable = before !== undefined && (await isUsable(before));
  if (usable && !fresh) return;
  // A project without prepared.json may be only partly installed: start from the archive.
  if (!usable) await unpackArchive(options.archivePath, projectDir, { signal });
  const projectEnv = await projectEnvironment(projectDir, spec.predictor.env);
  const base = withoutLifecycle(withPath(options.env, {}, []));
  const context: InstallContext = {
    spec,
    projectDir,
    sharedRoot: join(options.cacheDir, "envs"),
    ownRoot: join(versionDir, "envs"),
    archive: options.archive,
    fresh,
    emit,
    signal,
    umask: options.umask,
    stepContext: (env = {}, binDirs = []) => ({
      cwd: projectDir,
      env: withPath(base, { ...projectEnv, ...env }, binDirs),
      emit,
      signal,
    }),
  };
  if (!usable) await rm(context.ownRoot, { recursive: true, force: true });
  const installed = await installDependencies(context);
  const prepared = { cwd: projectDir, ...installed, env: { ...projectEnv, ...installed.env } };
  await checkLoads({
    spec,
    prepared: { format: 1, ...prepared },
    env: predictorEnvironment({ format: 1, ...prepared }, base),
    emit,
    signal,
    timeoutSeconds: options.loadTimeoutSeconds,
  });
  await writePrepared(versionDir, prepared);
}

/** False when something that it points to has been removed, for example by clearing the cache. */
async function isUsable(prepared: { readonly cwd: string; readonly python?: string }): Promise<boolean> {
  const paths = [prepared.cwd, ...(prepared.python?.includes("/") ? [prepared.python] : [])];
  const modules = join(prepared.cwd, "node_modules");
  for (const path of paths) {
    if ((await stat(path).catch(() => undefined)) === undefined) return false;
  }
  return !(await isDangling(modules));
}

async function isDangling(path: string): Promise<boolean> {
  const link = await lstat(path).catch(() => undefined);
  return link !== undefined && (await stat(path).catch(() => undefined)) === undefined;
}

function toMillraceError(error: unknown, signal: AbortSignal | undefined): MillraceError {
  if (isMillraceError(error)) return error;
  if (signal?.aborted)
    return new MillraceError("unavailable", "The preparation was cancelled; deploy again", { cause: error });
  const passing = passingError(error, "Cannot prepare the version");
  if (passing) return passing;
  const message = error instanceof Error ? error.message : String(error);
  return new MillraceError("internal", `Cannot prepare the version: ${message}`, { cause: error });
}
