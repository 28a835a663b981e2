import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { INSTALLATION } from "@millrace/core";
import type { EnvironmentArchive } from "./environment-archive.ts";
import { withLock } from "./environment-lock.ts";
import type { PrepareEvent } from "./run-step.ts";

const COMPLETE = "complete.json";

export interface CacheOptions {
  /** Directory of all environments. */
  readonly root: string;
  /** Hash of everything that the environment depends on. */
  readonly key: string;
  /** Build a new one even if one exists. */
  readonly fresh: boolean;
  /** Installations of this key by other machines; if it fails, that only costs time. */
  readonly archive?: EnvironmentArchive | undefined;
  readonly emit: (event: PrepareEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the directory of an environment; calls `build` unless a finished one exists. If several preparations need the
 * same one, one builds it and the others wait.
 *
 * `<root>/<key>/install-<random>` is built in its final place (a venv must not be moved) and is valid only once
 * `<root>/<key>/complete.json` names it: an installation that was killed, or is still being written, is never used.
 */
export async function cachedEnvironment(
  options: CacheOptions,
  build: (dir: string) => Promise<void>,
): Promise<string> {
  const home = join(options.root, options.key);
  await mkdir(home, { recursive: true });
  const found = options.fresh ? undefined : await completeIn(home);
  if (found !== undefined) {
    options.emit({ type: "output", text: "dependencies are already installed" });
    return found;
  }
  const onWait = () =>
    options.emit({ type: "output", text: "waiting for another installation of the same dependencies" });
  return withLock(join(home, INSTALLATION.lock), () => buildLocked(home, options, build), {
    onWait,
    signal: options.signal,
  });
}

async function buildLocked(
  home: string,
  options: CacheOptions,
  build: (dir: string) => Promise<void>,
): Promise<string> {
  const found = options.fresh ? undefined : await completeIn(home);
  if (found !== undefined) return found;
  await removeUnfinished(home);
  const restored = await restore(home, options);
  if (restored !== undefined) return finish(home, restored);
  const name = `${INSTALLATION.prefix}${randomBytes(6).toString("hex")}`;
  const dir = join(home, name);
  await mkdir(dir);
  try {
    await build(dir);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
  await finish(home, name);
  await keep(home, name, options);
  return dir;
}

/** From here on the installation is valid. */
async function finish(home: string, name: string): Promise<string> {
  const dir = join(home, name);
  await writeFile(join(dir, INSTALLATION.finished), "");
  const aside = join(home, `${COMPLETE}.${name}`);
  await writeFile(aside, JSON.stringify({ install: name }));
  await rename(aside, join(home, COMPLETE));
  return dir;
}

async function restore(home: string, options: CacheOptions): Promise<string | undefined> {
  const { archive, key, fresh, emit, signal } = options;
  if (archive === undefined || fresh) return undefined;
  try {
    const name = await archive.restore(home, key);
    if (name !== undefined) emit({ type: "output", text: "dependencies come from the version's cache" });
    return name;
  } catch (error) {
    signal?.throwIfAborted();
    emit({ type: "output", text: `the version's cache of dependencies cannot be used: ${messageOf(error)}` });
    await removeUnfinished(home);
    return undefined;
  }
}

async function keep(home: string, name: string, { archive, key, emit, signal }: CacheOptions): Promise<void> {
  try {
    await archive?.keep(home, { name, key, marker: INSTALLATION.finished });
  } catch (error) {
    signal?.throwIfAborted();
    emit({
      type: "output",
      text: `dependencies could not be stored for other machines: ${messageOf(error)}`,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function completeIn(home: string): Promise<string | undefined> {
  try {
    const { install } = JSON.parse(await readFile(join(home, COMPLETE), "utf8")) as { install?: unknown };
    if (typeof install !== "string") return undefined;
    const dir = join(home, install);
    await stat(join(dir, INSTALLATION.finished));
    return dir;
  } catch {
    // Missing or damaged: it is built again.
    return undefined;
  }
}

/** Finished ones stay: after a refresh, workers may still be running in the old one. */
async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(INSTALLATION.prefix)) continue;
    const finished = await stat(join(home, name, INSTALLATION.finished)).catch(() => undefined);
    if (finished === undefined) await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
