import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiVersion,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  MillraceError,
} from "@millrace/core";
import type { Home } from "./home.ts";
import { signalProcess } from "./process-identity.ts";
import type { WorkerCommand } from "./worker-process.ts";

const KEPT_LINES = 20;
/** After its end: time to read what is still in its pipes. */
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

/** Runs the worker's `prepare` for one version: one race of its last event, its exit and the abort. */
export async function runPrepare(
  home: Home,
  api: ApiVersion,
  options: PrepareOptions & { readonly worker: WorkerCommand },
): Promise<void> {
  const { signal, onOutput, worker } = options;
  signal?.throwIfAborted();
  await writeSpec(home, api);
  const [program = "", ...first] = worker.command;
  const child = spawn(program, [...first, ...prepareArguments(home, api, options)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...worker.environment },
  });
  const killGroup = () => {
    if (child.pid !== undefined) signalProcess(-child.pid, "SIGKILL");
  };
  signal?.addEventListener("abort", killGroup, { once: true });
  const lines: string[] = [];
  let last: PrepareEvent | undefined;
  const show = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onOutput(line);
  };
  try {
    const exit = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, killedBy) => resolve(killedBy ? `signal ${killedBy}` : `exit code ${code}`));
    });
    // What it left running, in its group or out of it, must not keep us waiting at the pipes.
    const left = exit.then(killGroup).then(() => delay(DRAIN_MS, undefined, { ref: false }));
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
    signal?.removeEventListener("abort", killGroup);
    killGroup();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** The version is in the ledger only once it is prepared. A file, since arguments are seen by everybody and `env` may hold secrets. */
async function writeSpec(home: Home, api: ApiVersion): Promise<void> {
  const directory = home.apiDirectory(api.name, api.version);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "spec.json"), JSON.stringify(api.spec), { mode: 0o600 });
}

function prepareArguments(home: Home, api: ApiVersion, { archive, fresh }: PrepareOptions): string[] {
  const named = ["--home", home.root, "--api", api.name, "--version", api.version, "--archive", archive];
  return ["prepare", ...named, ...(fresh ? ["--fresh"] : [])];
}

async function readLines(stream: Readable, each: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    each(line);
}

/** A line that is no event is output of something that wrote past the protocol. */
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
    `Cannot prepare API "${api.name}" version "${api.version}": its preparation ended with ${how} without saying how it went, see the output`,
    { details: { api_name: api.name, version: api.version, how, output } },
  );
}
