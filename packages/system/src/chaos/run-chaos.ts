import {
  FAULT_KINDS,
  FAULTS,
  type FaultKind,
  findViolations,
  hasNeeds,
  type Injection,
  type JobProgress,
  makeSchedule,
  runSchedule,
  type ScheduledFault,
  type Target,
} from "@millrace/chaos";
import { isTerminal } from "@millrace/core";
import { deployPython } from "../deploy.ts";
import {
  finished,
  type JobHandle,
  numbers,
  patiently,
  resultText,
  runJob,
  statusOf,
  submit,
} from "../jobs.ts";
import { poll } from "../poll.ts";
import { type ChaosBackend, type ChaosHome, startChaosHome } from "./chaos-home.ts";
import { chaosTarget } from "./chaos-target.ts";
import { chaosPredictor } from "./predictor.ts";
import { gatherRemains } from "./remains.ts";

export type { ChaosBackend } from "./chaos-home.ts";

export interface ChaosOptions {
  readonly backend: ChaosBackend;
  readonly seed: number;
  readonly faults: number;
  /** @default all that the backend supports */
  readonly kinds?: readonly FaultKind[];
  /** Batches that a predictor has at once. @default 1 */
  readonly concurrency?: number;
  /** Where `preprocess` runs. @default there are no stages around `predict` */
  readonly stages?: "thread" | "process" | undefined;
  /** Called with each injected fault. */
  readonly onInjected?: (injection: Injection) => void;
  /** Cancels the run; nothing of it remains. */
  readonly signal?: AbortSignal;
  /** How long the job may make no progress. @default 240000 */
  readonly patienceMs?: number;
}

export interface ChaosReport extends Pick<ChaosOptions, "backend" | "seed"> {
  readonly injections: readonly Injection[];
  readonly schedule: readonly ScheduledFault[];
  readonly durationMs: number;
  readonly violations: readonly string[];
  /** Directory with everything that the job left behind, when there are violations. */
  readonly home: string | undefined;
}

const API = "chaos";
const WORKERS = 3;
const BATCH_SIZE = 10;
/** Together with the pace, this determines the work between two faults: some batches for every worker. */
const ITEMS_PER_FAULT = 100;
const SECONDS_PER_ITEM = 0.012;
const PATIENCE_MS = 240_000;
/** A longer call counts as no answer: the service may be suspended. */
const ANSWER_MS = 2_000;

/** Runs a job under a seed's faults, and checks the invariants. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedMs = performance.now();
  const home = await startChaosHome(options.backend);
  let violations: readonly string[] = ["the run was broken off"];
  const injections: Injection[] = [];
  let schedule: readonly ScheduledFault[] = [];
  try {
    const items = options.faults * ITEMS_PER_FAULT;
    const { cleanRows, job } = await begin(home, { ...options, items });
    options.signal?.throwIfAborted();
    const target = chaosTarget(home, job, options.backend);
    schedule = chaosSchedule(options, target);
    const onInjected = (injection: Injection) => {
      injections.push(injection);
      options.onInjected?.(injection);
    };
    await harm(job, { ...options, target, schedule, onInjected });
    options.signal?.throwIfAborted();
    const end = await finished(job);
    violations = findViolations(await gatherRemains(end, { items, cleanRows }));
  } catch (error) {
    violations = [`the run failed: ${(error as Error).stack}`];
  } finally {
    await home.end({ keep: violations.length > 0 && !options.signal?.aborted });
  }
  const { seed, backend } = options;
  const kept = violations.length > 0 ? home.platform.home : undefined;
  return {
    seed,
    backend,
    injections,
    schedule,
    durationMs: performance.now() - startedMs,
    violations,
    home: kept,
  };
}

/** A seed's schedule for a target. */
function chaosSchedule(
  { seed, faults, kinds = FAULT_KINDS }: Pick<ChaosOptions, "seed" | "faults" | "kinds">,
  target: Target,
): readonly ScheduledFault[] {
  return makeSchedule({ seed, faults, kinds: kinds.filter((kind) => hasNeeds(target, FAULTS[kind].needs)) });
}

/** Runs the job once without faults for its rows, then starts the same job again at the pace for faults. */
async function begin(
  home: ChaosHome,
  {
    items,
    concurrency = 1,
    stages,
  }: Pick<ChaosOptions, "concurrency" | "stages"> & { readonly items: number },
): Promise<{ cleanRows: string; job: JobHandle }> {
  const { platform, orders } = home;
  const settings = {
    compute: { mem: stages === "process" ? "240Mi" : "160Mi" },
    predictor: { concurrency, ...(stages && { preprocess: { workers: 2, mode: stages } }) },
  };
  await deployPython(platform, API, chaosPredictor({ isStaged: stages !== undefined }), settings);
  const submission = (secondsPerItem: number) =>
    numbers(items, {
      workers: WORKERS,
      batch_size: BATCH_SIZE,
      // Faults may cost attempts; a batch must not run out of them.
      max_attempts: 100,
      batch_timeout: 5,
      config: { seconds_per_item: secondsPerItem, orders },
    });
  const clean = await runJob(platform, API, submission(0), { deadlineMs: PATIENCE_MS });
  const cleanRows = await resultText(clean);
  return { cleanRows, job: await submit(platform, API, submission(SECONDS_PER_ITEM)) };
}

type HarmOptions = Pick<ChaosOptions, "signal" | "patienceMs"> & {
  readonly target: Target;
  readonly schedule: readonly ScheduledFault[];
  readonly onInjected: (injection: Injection) => void;
};

async function harm(job: JobHandle, options: HarmOptions): Promise<void> {
  const { target, schedule, onInjected, patienceMs = PATIENCE_MS } = options;
  // Aborted when no progress was made for too long: the job is stuck.
  const stuck = new AbortController();
  let last = { share: -1, atMs: performance.now() };
  const progress = async () => {
    const now = await progressOf(job);
    if (now && now.share !== last.share) last = { share: now.share, atMs: performance.now() };
    else if (performance.now() - last.atMs > patienceMs) stuck.abort();
    return now;
  };
  const signal = AbortSignal.any([stuck.signal, ...(options.signal ? [options.signal] : [])]);
  await runSchedule(schedule, { target, progress, signal, onInjected });
  if (!stuck.signal.aborted) return;
  const state = await poll("an answer", () => patiently(() => statusOf(job)));
  throw new Error(
    `The job did nothing for ${patienceMs} ms: ${JSON.stringify({ ...state.metrics, ...state.job_status })}`,
  );
}

async function progressOf({ platform, endpoint, jobId }: JobHandle): Promise<JobProgress | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const { job_status: view, metrics } = await platform.client.job(endpoint, jobId, { signal });
    const { total, succeeded, failed } = metrics.items;
    const share = total === null ? 0 : (succeeded + failed) / total;
    return { share, isOver: isTerminal(view.status) };
  } catch {
    return undefined;
  }
}
