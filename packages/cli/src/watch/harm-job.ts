import {
  describeKinds,
  type Injection,
  makeSchedule,
  processesOfJob,
  runSchedule,
  SAFE_KINDS,
} from "@millrace/chaos";
import { isClientError, type MillraceClient } from "@millrace/client";
import { isTerminal } from "@millrace/core";
import { LOCAL } from "../environments/environments-file.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";
import { watchJob } from "./watch-job.ts";
import type { WatchedJob } from "./watched-job.ts";

const FAULTS = 8;
const SEEDS = 1_000_000;

/** The seed for `--chaos` or `--chaos=seed`. @throws {UserError} if the processes do not run on this machine */
export async function chaosSeed(app: App, asked: number | true): Promise<number> {
  const { name } = await app.target();
  if (name !== LOCAL) {
    throw new UserError(
      `Cannot use --chaos on ${name}: it kills processes, expected a service of this machine`,
      {
        hint: `use --env ${LOCAL}`,
      },
    );
  }
  if (process.platform !== "linux") {
    throw new UserError(
      `Cannot use --chaos on ${process.platform}: it finds processes in /proc, expected Linux`,
    );
  }
  return asked === true ? Math.floor(Math.random() * SEEDS) : asked;
}

/** Kills and suspends the job's workers and predictors while watching it; then reports what it did. */
export async function watchHarmedJob(
  app: App,
  client: MillraceClient,
  job: WatchedJob & { readonly seed: number },
): Promise<ExitCode> {
  app.output.line(`chaos with seed ${job.seed}; repeat it with: --chaos=${job.seed}`);
  const watching = new AbortController();
  const injections: Injection[] = [];
  const harming = runSchedule(makeSchedule({ seed: job.seed, faults: FAULTS, kinds: SAFE_KINDS }), {
    target: { jobId: job.jobId, processes: () => processesOfJob(app.home, job.jobId) },
    progress: () => progressOf(client, job),
    signal: watching.signal,
    onInjected: (injection) => injections.push(injection),
  });
  // Awaited after the watch: whatever ends the watch, suspended processes must be resumed.
  harming.catch(() => {});
  try {
    return await watchJob(app, client, job);
  } finally {
    watching.abort();
    await harming;
    tell(app, injections);
  }
}

async function progressOf(client: MillraceClient, { endpoint, jobId }: WatchedJob) {
  try {
    const { job_status: view, metrics } = await client.job(endpoint, jobId);
    const { total, succeeded, failed } = metrics.items;
    return { share: total ? (succeeded + failed) / total : 0, isOver: isTerminal(view.status) };
  } catch (error) {
    if (isClientError(error)) return undefined;
    throw error;
  }
}

function tell({ output }: App, injections: readonly Injection[]): void {
  output.line(`chaos did ${injections.length} of ${FAULTS} faults: ${describeKinds(injections)}`);
  for (const { kind, atMs, what } of injections) {
    output.line(`  after ${(atMs / 1_000).toFixed(1)} s  ${kind}: ${what}`);
  }
}
