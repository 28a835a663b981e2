#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { homePaths, openLocalWorkerBackend } from "@millrace/backend-local";
import {
  type ApiSpec,
  type ApiVersion,
  DEFAULTS,
  isTerminal,
  type Logger,
  MillraceError,
  mayPass,
  WORKER_EXIT,
  type WorkerBackend,
  waitOut,
} from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import { endTree, TREE_VARIABLE } from "@millrace/process-tree";
import type { WorkerContext } from "./context/worker-context.ts";
import { WorkerLog } from "./context/worker-log.ts";
import type { Prepared } from "./prepare/prepared.ts";
import { endDamagedJob } from "./run/end-job.ts";
import { jsonLogger } from "./run/json-logger.ts";
import { takeUmask } from "./user-umask.ts";

/**
 * The worker's process. `prepare` makes an API version ready to run on this machine, `run` is one worker of one job.
 */
const options = {
  home: { type: "string" },
  api: { type: "string" },
  version: { type: "string" },
  archive: { type: "string" },
  fresh: { type: "boolean", default: false },
  job: { type: "string" },
  worker: { type: "string" },
} as const;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const logger = jsonLogger((line) => process.stderr.write(line));
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ending.abort());
  if (positionals[0] === "prepare") return prepare(values, { logger, signal: ending.signal });
  if (positionals[0] === "run") return run(values, { logger, signal: ending.signal });
  throw new TypeError(`Cannot do "${positionals[0] ?? ""}": expected prepare or run`);
}

type Values = { readonly [name in keyof typeof options]?: string | boolean | undefined };
type Wiring = { readonly logger: Logger; readonly signal: AbortSignal };

/** A worker's backend, its identity, and how its version is prepared on this machine. */
interface Opened {
  readonly backend: WorkerBackend;
  readonly jobId: string;
  readonly worker: number;
  /** Umask of the predictor; undefined: this process's. */
  readonly umask?: number;
  readonly prepared: (context: WorkerContext) => Promise<Prepared | number>;
}

async function run(values: Values, wiring: Wiring): Promise<number> {
  const { logger, signal } = wiring;
  const opened =
    process.env.MILLRACE_BACKEND === "aws" ? await openAws(wiring) : await openLocal(values, wiring);
  // Another process has taken its place.
  if (!opened) return WORKER_EXIT.done;
  const { backend, jobId, worker } = opened;
  try {
    const job = await waitOut(() => backend.ledger.jobs.get(jobId), { logger, signal });
    if (isTerminal(job.status)) return WORKER_EXIT.done;
    const { apiName, apiVersion } = job.spec;
    const found = waitOut(() => backend.ledger.apis.version(apiName, apiVersion), { logger, signal });
    const api = await version(found, apiVersion);
    const named = logger.child({ api: apiName, job_id: jobId, worker });
    const identity = { backend, job: job.spec, api, worker, logger: named };
    const context = { ...identity, log: new WorkerLog(identity) };
    return await runPrepared(context, opened, signal).catch((error) => endDamagedJob(context, error));
  } finally {
    await backend.ledger.close();
  }
}

async function runPrepared(context: WorkerContext, opened: Opened, release: AbortSignal): Promise<number> {
  const prepared = await opened.prepared(context);
  if (typeof prepared === "number") return prepared;
  const { runWorker } = await import("./run/run-worker.ts");
  const { predictorLauncher } = await import("./run/start-predictor.ts");
  const { umask } = opened;
  const launch = predictorLauncher(context, { prepared, env: process.env, umask });
  return await runWorker(context, { launch, release });
}

async function openLocal(values: Values, { logger }: Wiring): Promise<Opened> {
  const { readPrepared } = await import("./prepare/prepared.ts");
  const home = text(values, "home");
  const umask = takeUmask(process.env);
  return {
    umask,
    backend: await openLocalWorkerBackend({ home, logger }),
    jobId: text(values, "job"),
    worker: Number(text(values, "worker")),
    prepared: ({ api }) => readPrepared(homePaths(home).apiDirectory(api.name, api.version)),
  };
}

async function openAws({ logger, signal }: Wiring): Promise<Opened | undefined> {
  const { openAwsWorker } = await import("@millrace/backend-aws");
  const { prepareWorker } = await import("./run/prepare-worker.ts");
  const opened = await openAwsWorker({ env: process.env, logger });
  if (!opened) return undefined;
  const { backend, identity, scratchDirectory } = opened;
  return {
    backend,
    ...identity,
    prepared: (context) => prepareWorker(context, { scratchDirectory, env: process.env, release: signal }),
  };
}

/** Runs only while its input stays open: if the service dies, its deploys end too. */
async function prepare(values: Values, { logger, signal: released }: Wiring): Promise<number> {
  const orphaned = new AbortController();
  process.stdin.once("close", () => orphaned.abort()).resume();
  const signal = AbortSignal.any([released, orphaned.signal]);
  const paths = homePaths(text(values, "home"));
  const umask = takeUmask(process.env);
  const { prepareVersion } = await import("./prepare/prepare-version.ts");
  const versionDir = paths.apiDirectory(text(values, "api"), text(values, "version"));
  logger.debug("preparing", { version_dir: versionDir });
  const prepared = await prepareVersion({
    versionDir,
    cacheDir: paths.cacheDirectory,
    spec: parseExactJson(await readFile(join(versionDir, "spec.json"), "utf8")) as ApiSpec,
    archivePath: text(values, "archive"),
    fresh: values.fresh === true,
    emit: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    signal,
    env: process.env,
    umask,
  });
  // Processes that an installation left behind.
  const tree = process.env[TREE_VARIABLE];
  if (tree) await endTree({ names: [tree] }, { graceMs: DEFAULTS.installGraceSeconds * 1_000 });
  return prepared ? WORKER_EXIT.done : WORKER_EXIT.failed;
}

async function version(found: Promise<ApiVersion | undefined>, wanted: string): Promise<ApiVersion> {
  const api = await found;
  if (!api)
    throw new MillraceError("api_not_found", `Cannot run version "${wanted}": it is not in the ledger`);
  return api;
}

function text(values: Values, name: keyof typeof options): string {
  const value = values[name];
  if (typeof value !== "string") throw new TypeError(`Cannot start: --${name} is missing`);
  return value;
}

// It is a file in the home directory: a full disk may lose log lines, but must not stop the worker.
process.stderr.on("error", () => {});

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    jsonLogger((line) => process.stderr.write(line)).error("worker ended", { error });
    // A temporary error is not the job's fault: the worker is restarted, and the restart is not counted.
    process.exit(mayPass(error) ? WORKER_EXIT.released : WORKER_EXIT.failed);
  },
);
