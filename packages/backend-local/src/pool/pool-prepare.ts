import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiVersion,
  DEFAULTS,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  MillraceError,
  passingError,
} from "@millrace/core";
import { endTree, identify, TREE_VARIABLE } from "@millrace/process-tree";
import type { Home } from "../home/home.ts";
import { translateFileError } from "../objects/object-errors.ts";
import type { WorkerCommand } from "./worker-process.ts";

const KEPT_LINES = 20;
/** Time to read what is still in the pipes after the process has ended. */
const DRAIN_MS = 2_000;

type PrepareEvent =
  | { readonly type: "output"; readonly text: string }
  | { readonly type: "prepared" }
  | {
      readonly type: "error";
      readonly code: string;
      readonly message: string;
      readonly details?: ErrorDetails;
    };

export interface PrepareOptions {
  readonly archive: string;
  readonly fresh: boolean;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs the worker's `prepare` for one version: a race of its last event, its exit and the abort. When this settles,
 * none of its processes run any more.
 */
export async function runPrepare(
  home: Home,
  api: ApiVersion,
  options: PrepareOptions & { readonly worker: WorkerCommand; readonly tree: string },
): Promise<void> {
  const { signal, onOutput } = options;
  signal?.throwIfAborted();
  await writeSpec(home, api);
  signal?.throwIfAborted();
  const child = await spawnPrepare(home, api, options);
  const leaders = [identify(child.pid as number)];
  const graceMs = DEFAULTS.installGraceSeconds * 1_000;
  let ended: Promise<unknown> | undefined;
  const end = () => {
    ended ??= endTree({ names: [options.tree], leaders }, { graceMs });
  };
  signal?.addEventListener("abort", end, { once: true });
  const lines: string[] = [];
  let last: PrepareEvent | undefined;
  const show = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onOutput(line);
  };
  try {
    const exit = new Promise<string>((resolve) => {
      child.once("exit", (code, killedBy) => resolve(killedBy ? `signal ${killedBy}` : `exit code ${code}`));
    });
    // Stop reading some time after its exit: processes that it left running may keep the pipes open.
    const left = exit.then(end).then(() => delay(DRAIN_MS, undefined, { ref: false }));
    const reading = Promise.all([
      readLines(child.stdout, (line) => {
        const event = parseEvent(line);
        if (event === undefined) show(line);
        else if (event.type === "output") show(event.text);
        else last = event;
      }),
      readLines(child.stderr, show),
    ]);
    const [how] = await Promise.all([exit, Promise.race([reading, left])]);
    signal?.throwIfAborted();
    checkOutcome(api, last, { how, output: lines });
  } finally {
    signal?.removeEventListener("abort", end);
    end();
    await ended;
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Its stdin stays open as long as this process lives. @throws {MillraceError} unavailable, internal */
async function spawnPrepare(
  home: Home,
  api: ApiVersion,
  options: PrepareOptions & { readonly worker: WorkerCommand; readonly tree: string },
): Promise<ChildProcessByStdio<Writable, Readable, Readable>> {
  const { worker, tree } = options;
  const [program = "", ...first] = worker.command;
  try {
    const child = spawn(program, [...first, ...prepareArguments(home, api, options)], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...worker.environment, [TREE_VARIABLE]: tree },
    });
    if (child.pid === undefined) await once(child, "spawn");
    return child;
  } catch (error) {
    const what = `Cannot prepare API "${api.name}" version "${api.version}"`;
    const message = `${what}: "${program}" cannot be started: ${(error as Error).message}`;
    throw passingError(error, what) ?? new MillraceError("internal", message, { cause: error });
  }
}

/**
 * Passes the spec in a file: the ledger has the version only once it is prepared, and arguments are visible to
 * everyone, while `env` may hold secrets.
 */
async function writeSpec(home: Home, api: ApiVersion): Promise<void> {
  const file = join(home.apiDirectory(api.name, api.version), "spec.json");
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(api.spec), { mode: 0o600 });
  } catch (error) {
    throw translateFileError(error, file);
  }
}

function prepareArguments(home: Home, api: ApiVersion, { archive, fresh }: PrepareOptions): string[] {
  const named = ["--home", home.root, "--api", api.name, "--version", api.version, "--archive", archive];
  return ["prepare", ...named, ...(fresh ? ["--fresh"] : [])];
}

async function readLines(stream: Readable, each: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    each(line);
}

/** A line that is not an event was printed by something that bypassed the protocol. */
function parseEvent(line: string): PrepareEvent | undefined {
  try {
    const event = JSON.parse(line) as PrepareEvent | null;
    if (event?.type === "prepared") return event;
    if (event?.type === "output" && typeof event.text === "string") return event;
    if (event?.type === "error" && typeof event.message === "string") return event;
  } catch {}
  return undefined;
}

function checkOutcome(
  api: ApiVersion,
  last: PrepareEvent | undefined,
  { how, output }: { readonly how: string; readonly output: readonly string[] },
): void {
  if (last?.type === "prepared") return;
  if (last?.type === "error") {
    const known = Object.hasOwn(ERROR_CODES, last.code);
    throw new MillraceError(known ? (last.code as ErrorCode) : "internal", last.message, {
      details: last.details ?? {},
    });
  }
  throw new MillraceError(
    "internal",
    `Cannot prepare API "${api.name}" version "${api.version}": its preparation ended with ${how} without reporting a result; see the output`,
    { details: { api_name: api.name, version: api.version, how, output } },
  );
}
