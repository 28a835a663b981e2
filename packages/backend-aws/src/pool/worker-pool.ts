import { setTimeout as delay } from "node:timers/promises";
import { type BatchClient, type JobDetail, TerminateJobCommand } from "@aws-sdk/client-batch";
import {
  type ApiVersion,
  type Job,
  type Ledger,
  type Logger,
  MillraceError,
  type PoolWorker,
  type WorkerPool,
} from "@millrace/core";
import { translated } from "../aws/aws-errors.ts";
import type { AwsConfig } from "../aws/config.ts";
import { deregisterJobDefinition, jobQueueOf, registerJobDefinition } from "./job-definition.ts";
import { type BatchPoller, isFinal } from "./poller.ts";
import type { Ending, Generation, PoolRecords } from "./pool-records.ts";
import { describeChild, endingOf, hasEnded, isOver, type Seat, seatsOf } from "./seats.ts";
import {
  findSubmitted,
  generationName,
  jobsNamed,
  submitGeneration,
  unknownDefinition,
} from "./submit-job.ts";

/** Maximum children of an array job. */
const ARRAY_MAX = 10_000;
const STOP_POLL_MS = 200;
/** AWS Batch sends SIGTERM, then SIGKILL after the container's own stop timeout, which is 110 s on our machines. */
const KILL_WAIT_MS = 150_000;

export interface WorkerPoolOptions {
  readonly batch: BatchClient;
  readonly submitOnce: BatchClient;
  readonly config: AwsConfig;
  readonly ledger: Ledger;
  readonly records: PoolRecords;
  readonly poller: BatchPoller;
  /** Stops everything else that reads from AWS Batch. */
  readonly onClose: () => Promise<void>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** What is known about one job's submissions. */
interface JobSeats {
  readonly generations: Generation[];
  readonly endings: Map<number, Ending>;
}

/**
 * Workers as AWS Batch jobs: a submission is a generation, an array with one child per worker. AWS Batch only tells
 * which processes live; the ledger tells whether a job is done.
 */
export class AwsWorkerPool implements WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #jobs = new Map<string, Promise<JobSeats>>();

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  async prepare(api: ApiVersion, options: Parameters<WorkerPool["prepare"]>[1]): Promise<void> {
    const { batch, config, records } = this.#options;
    const { onOutput, fresh = false } = options;
    const queue = jobQueueOf(config, api);
    const known = fresh ? undefined : await records.jobDefinition(api.name, api.version);
    if (known !== undefined) return;
    const arn = await registerJobDefinition(batch, config, api);
    await records.setJobDefinition(api.name, api.version, arn);
    onOutput(`registered job definition ${arn.split("/").at(-1)} for job queue ${queue.split("/").at(-1)}`);
  }

  async forget(api: ApiVersion): Promise<void> {
    const { batch, records } = this.#options;
    const arn = await records.jobDefinition(api.name, api.version);
    if (arn === undefined) return;
    await deregisterJobDefinition(batch, arn);
    await records.removeJobDefinition(api.name, api.version);
  }

  async start(job: Job, workers: readonly number[]): Promise<void> {
    const { jobId } = job.spec;
    const now = await this.describe(jobId);
    const busy = new Set(now.filter(({ state }) => state !== "exited").map(({ worker }) => worker));
    const wanted = workers.filter((worker) => !busy.has(worker));
    for (let from = 0; from < wanted.length; from += ARRAY_MAX) {
      await this.#submit(job, wanted.slice(from, from + ARRAY_MAX));
    }
  }

  async describe(jobId: string): Promise<readonly PoolWorker[]> {
    const { generations, endings } = await this.#seats(jobId);
    const { poller, now } = this.#options;
    return [...seatsOf(generations).values()]
      .toSorted((a, b) => a.worker - b.worker)
      .map((seat) =>
        describeChild(seat, { child: childOf(poller, seat), ending: endings.get(seat.worker), nowMs: now() }),
      );
  }

  async stop(jobId: string, { graceSeconds }: { readonly graceSeconds: number }): Promise<void> {
    const { batch, poller } = this.#options;
    const { generations, endings } = await this.#seats(jobId);
    const open: Generation[] = [];
    for (const generation of generations) {
      if (isOver(generation, { poller, endings })) continue;
      for (const batchJobId of await this.#batchJobs(generation)) {
        // CancelJob leaves running jobs alone although it reports success.
        await translated(`end workers of job "${jobId}"`, () =>
          batch.send(new TerminateJobCommand({ jobId: batchJobId, reason: "the job is over" })),
        );
        poller.watch(batchJobId, generation.workers.length);
        open.push({ ...generation, batchJobId });
      }
    }
    const deadlineMs = performance.now() + graceSeconds * 1_000 + KILL_WAIT_MS;
    while (!open.every((generation) => hasEnded(generation, poller))) {
      if (performance.now() > deadlineMs) throw stillRunning(jobId, open);
      await delay(STOP_POLL_MS);
    }
    this.#jobs.delete(jobId);
    for (const { batchJobId } of [...generations, ...open]) poller.forget(batchJobId as string);
  }

  async close(): Promise<void> {
    await this.#options.poller.close();
    await this.#options.onClose();
  }

  /** Handles news about children of a submission: records ends, since AWS Batch forgets them. */
  learn(parentId: string, children: readonly JobDetail[]): void {
    void this.#recordEndings(parentId, children).catch((error: unknown) => {
      this.#options.logger.error("cannot record how workers ended", { batch_job_id: parentId, error });
    });
  }

  async #submit(job: Job, workers: readonly number[]): Promise<void> {
    const { records, ledger, config, poller, logger, now } = this.#options;
    const { jobId, apiName, apiVersion } = job.spec;
    const api = await ledger.apis.version(apiName, apiVersion);
    const definitionArn = await records.jobDefinition(apiName, apiVersion);
    if (!api || definitionArn === undefined) throw unknownDefinition(apiName, apiVersion);
    const seats = await this.#seats(jobId);
    const number = (seats.generations.at(-1)?.generation ?? 0) + 1;
    const generation: Generation = {
      jobId,
      generation: number,
      workers,
      jobName: generationName(jobId, number),
      jobQueue: jobQueueOf(config, api),
      submittedAtMs: now(),
    };
    if (!(await records.add(generation))) {
      // Another service claimed the number: reload what it did before starting anything.
      this.#jobs.delete(jobId);
      throw anotherStarts(jobId);
    }
    const submitted = await this.#submitOnce(generation, { apiName, definitionArn });
    seats.generations.push(submitted);
    poller.watch(submitted.batchJobId as string, workers.length);
    logger.info("submitted workers", {
      job_id: jobId,
      batch_job_id: submitted.batchJobId,
      workers: workers.length,
    });
  }

  async #submitOnce(
    generation: Generation,
    { apiName, definitionArn }: { readonly apiName: string; readonly definitionArn: string },
  ): Promise<Generation> {
    const { batch, submitOnce, logger } = this.#options;
    const { jobId } = generation;
    let batchJobId: string;
    try {
      batchJobId = await submitGeneration(generation, {
        batch,
        submitOnce,
        cluster: this.#options.config.cluster,
        apiName,
        definitionArn,
        logger,
      });
    } catch (error) {
      // The submission may have succeeded all the same. Keep the record, and look the name up before starting anything
      // else.
      this.#jobs.delete(jobId);
      throw error;
    }
    return this.#register(generation, batchJobId);
  }

  async #register(generation: Generation, batchJobId: string): Promise<Generation> {
    const { jobId } = generation;
    if (await this.#options.records.register(jobId, generation.generation, batchJobId)) {
      return { ...generation, batchJobId };
    }
    // Another submission was registered first: the workers submitted here exit by themselves.
    this.#jobs.delete(jobId);
    throw anotherStarts(jobId);
  }

  /** Submissions of a job, from the ledger the first time: an earlier run of the service may have made them. */
  #seats(jobId: string): Promise<JobSeats> {
    const known = this.#jobs.get(jobId) ?? this.#loadSeats(jobId);
    this.#jobs.set(jobId, known);
    known.catch(() => this.#jobs.delete(jobId));
    return known;
  }

  async #loadSeats(jobId: string): Promise<JobSeats> {
    const { records, poller } = this.#options;
    const generations: Generation[] = [];
    for (const generation of await records.generations(jobId)) {
      const settled = generation.batchJobId === undefined ? await this.#settle(generation) : generation;
      if (settled) generations.push(settled);
    }
    const endings = new Map(await records.endings(jobId));
    for (const generation of generations) {
      if (isOver(generation, { poller, endings })) continue;
      poller.watch(generation.batchJobId as string, generation.workers.length);
    }
    return { generations, endings };
  }

  /** Resolves a generation whose submission was never answered, because the service was killed meanwhile. */
  async #settle(generation: Generation): Promise<Generation | undefined> {
    const { batch, records } = this.#options;
    const found = await findSubmitted(batch, generation);
    if (found === undefined) {
      await records.remove(generation.jobId, generation.generation);
      return undefined;
    }
    return this.#register(generation, found);
  }

  /** Every Batch job with the generation's name: if there is a second one, it is ended, too. */
  async #batchJobs(generation: Generation): Promise<readonly string[]> {
    const named = await jobsNamed(this.#options.batch, generation);
    const ids = named.map(({ jobId }) => jobId as string);
    return [...new Set([generation.batchJobId as string, ...ids])];
  }

  async #recordEndings(parentId: string, children: readonly JobDetail[]): Promise<void> {
    const { records } = this.#options;
    for (const job of this.#jobs.values()) {
      // If reading a job's records failed, the submission is not that job's: the records for a watched submission have
      // been read before.
      const { generations, endings } = await job.catch(
        (): JobSeats => ({ generations: [], endings: new Map() }),
      );
      const generation = generations.find(({ batchJobId }) => batchJobId === parentId);
      if (!generation) continue;
      for (const child of children) {
        const worker = generation.workers[child.arrayProperties?.index ?? 0];
        if (!isFinal(child) || worker === undefined) continue;
        // A newer process of this worker has ended since: an earlier run of the service has handled this end.
        if ((endings.get(worker)?.generation ?? 0) > generation.generation) continue;
        const ending = endingOf(child, generation.generation);
        endings.set(worker, ending);
        await records.setEnding(generation.jobId, worker, ending);
      }
      return;
    }
  }
}

function childOf(poller: BatchPoller, { generation, index }: Seat): JobDetail | undefined {
  return poller.child(generation.batchJobId as string, index);
}

function anotherStarts(jobId: string): MillraceError {
  return new MillraceError(
    "unavailable",
    `Cannot start workers of job "${jobId}": another service is starting them; try again`,
  );
}

function stillRunning(jobId: string, generations: readonly Generation[]): MillraceError {
  const ids = generations.map(({ batchJobId }) => batchJobId).join(", ");
  return new MillraceError(
    "internal",
    `Cannot stop the workers of job "${jobId}": they still run although AWS Batch was told to end them; look at the Batch jobs ${ids}`,
    { details: { job_id: jobId } },
  );
}
