import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiVersion,
  isMillraceError,
  isTerminal,
  type Job,
  type Ledger,
  type Logger,
  MillraceError,
  mayPass,
  type PoolWorker,
  type WorkerPool,
} from "@millrace/core";
import { endCleaners, endTree, identify, isAlive, killTree, signalProcess } from "@millrace/process-tree";
import { sweepDead } from "../home/temporary-files.ts";
import { readStatus } from "../ledger/job-record.ts";
import type { StateFiles } from "../state/state-files.ts";
import { Preparations } from "./pool-preparations.ts";
import {
  type Ending,
  endingFromLedger,
  endingOf,
  recordExit,
  recordRunning,
  recordStarting,
  recordWaiting,
} from "./pool-records.ts";
import { type Demand, demandOf, type Machine, Room } from "./pool-resources.ts";
import { pendingSlot, recordedSlots, type Slot, startInOrder } from "./pool-slots.ts";
import { endLeftovers, livesOf } from "./pool-sweep.ts";
import { type PoolTrees, poolTrees } from "./pool-trees.ts";
import { spawnWorker, type WorkerCommand } from "./worker-process.ts";

/** How often adopted workers are polled, as they are not our children. */
const WATCH_MS = 500;
const STOP_POLL_MS = 20;
/** A child's exit event arrives shortly after its end. */
const STOP_EXIT_MS = 1_000;

export interface PoolOptions extends WorkerCommand {
  readonly files: StateFiles;
  readonly ledger: Ledger;
  readonly machine: Machine;
  readonly logger: Logger;
  readonly now: () => number;
  /** Called with errors that may mean that the job's file is damaged. */
  readonly onDamage: (jobId: string, error: unknown) => void;
}

/** Worker processes on this machine. They outlive the pool; a new pool adopts them by process number and start time. */
export class LocalWorkerPool implements WorkerPool {
  readonly #options: PoolOptions;
  readonly #trees: PoolTrees;
  readonly #jobs = new Map<string, Map<number, Slot>>();
  /** Waiting workers, first come, first served. */
  #waiting: Slot[] = [];
  /** True when a worker could not be started although there was room. */
  #isPutOff = false;
  readonly #preparations: Preparations;
  /** Ends what an earlier run of the service left running. */
  #sweep: Promise<void> = Promise.resolve();
  readonly #watch: ReturnType<typeof setInterval>;
  #closed = false;

  /** The home directory must exist. */
  constructor(options: PoolOptions) {
    this.#options = options;
    const { home } = options.files;
    this.#trees = poolTrees(home.root);
    this.#preparations = new Preparations({ home, trees: this.#trees, worker: options });
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#watch.unref();
  }

  async prepare(api: ApiVersion, options: Parameters<WorkerPool["prepare"]>[1]): Promise<void> {
    await this.#preparations.run(api, { ...options, before: this.#sweep });
  }

  async forget(api: ApiVersion): Promise<void> {
    await this.#preparations.forget(api);
  }

  async start(job: Job, workers: readonly number[]): Promise<void> {
    const { jobId, apiName, apiVersion } = job.spec;
    const slots = await this.#slots(jobId);
    const demand = await this.#demand(apiName, apiVersion);
    for (const worker of workers) {
      const state = slots.get(worker)?.state;
      if (state === "pending" || state === "running") continue;
      if (state === "exited") recordWaiting(this.#options.files, jobId, worker);
      const slot = pendingSlot(jobId, worker, demand);
      slots.set(worker, slot);
      this.#waiting.push(slot);
    }
    this.#schedule();
  }

  busyJobs(): readonly string[] {
    const isBusy = ({ state, ending }: Slot) => state !== "pending" || ending.neverStarts;
    return [...this.#jobs].filter(([, slots]) => [...slots.values()].some(isBusy)).map(([jobId]) => jobId);
  }

  async describe(jobId: string): Promise<readonly PoolWorker[]> {
    const slots = await this.#slots(jobId);
    this.#look();
    return [...slots.values()]
      .sort((a, b) => a.worker - b.worker)
      .map(({ worker, state, ending, gpuNames }) => ({
        worker,
        state,
        ...(gpuNames.length > 0 && { gpus: gpuNames }),
        ...ending,
      }));
  }

  async stop(jobId: string, { graceSeconds }: { readonly graceSeconds: number }): Promise<void> {
    const slots = await this.#slots(jobId).catch((error: unknown) => {
      const isGone = isMillraceError(error, "job_not_found") || isMillraceError(error, "state_corrupt");
      if (isGone) return this.#jobs.get(jobId) ?? new Map<number, Slot>();
      throw error;
    });
    this.#waiting = this.#waiting.filter((slot) => slot.jobId !== jobId);
    for (const slot of slots.values()) if (slot.state === "pending") slots.delete(slot.worker);
    const running = [...slots.values()].filter((slot) => slot.state === "running");
    const leaders = running.flatMap(({ identity }) => identity ?? []);
    for (const worker of leaders) signalProcess(worker, "SIGTERM");
    await this.#allEnded(running, graceSeconds * 1_000);
    const left = await endTree({ names: livesOf(this.#trees, jobId), leaders });
    if (left.length > 0) {
      throw new MillraceError(
        "internal",
        `Cannot stop the workers of job "${jobId}": they still run after SIGKILL; look at the processes ${left.map(({ pid }) => pid).join(", ")}`,
        { details: { job_id: jobId } },
      );
    }
    // Wait for the workers that were just killed.
    await this.#allEnded(running, STOP_EXIT_MS);
    this.#jobs.delete(jobId);
  }

  /** Cancels preparations; workers keep running. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#waiting = [];
    await Promise.all([this.#preparations.close(), this.#sweep]);
  }

  /** Takes over the workers that an earlier run of the service started, and ends what else it left running. */
  async adopt(jobIds: readonly string[]): Promise<void> {
    const { files, logger } = this.#options;
    for (const jobId of jobIds) {
      try {
        await this.#slots(jobId);
      } catch (error) {
        // The reconciler gets the same error for this job and handles it.
        logger.warn("cannot adopt the workers of a job", { job_id: jobId, error });
      }
    }
    const pids = new Set(this.#running().flatMap(({ identity }) => identity?.pid ?? []));
    const known = { pids, jobIds: new Set(this.#jobs.keys()) };
    this.#sweep = endLeftovers(files, this.#trees, { known, logger }).catch((error: unknown) => {
      logger.error("cannot end what an earlier run of the service left running", { error });
    });
  }

  /** Workers of a job, read from its file the first time. */
  async #slots(jobId: string): Promise<Map<number, Slot>> {
    const known = this.#jobs.get(jobId);
    if (known) return known;
    const { files, ledger } = this.#options;
    const { spec } = await ledger.jobs.get(jobId);
    const demand = await this.#demand(spec.apiName, spec.apiVersion);
    const meanwhile = this.#jobs.get(jobId);
    if (meanwhile) return meanwhile;
    const slots = recordedSlots(files, jobId, demand);
    this.#jobs.set(jobId, slots);
    this.#look();
    return slots;
  }

  async #demand(apiName: string, version: string): Promise<Demand> {
    const api = await this.#options.ledger.apis.version(apiName, version);
    if (api) return demandOf(api.spec, this.#options.machine);
    throw new MillraceError(
      "api_not_found",
      `Cannot start workers of API "${apiName}" version "${version}": it does not exist, deploy the API again`,
      { details: { api_name: apiName, version } },
    );
  }

  #running(): readonly Slot[] {
    return [...this.#jobs.values()].flatMap((slots) =>
      [...slots.values()].filter((slot) => slot.state === "running"),
    );
  }

  /** Detects adopted workers that ended; our own children have exit events. */
  #look(): void {
    if (this.#closed) return;
    let ended = false;
    for (const slot of this.#running()) {
      if (slot.isChild || !slot.identity || isAlive(slot.identity)) continue;
      ended = true;
      this.#end(slot, endingFromLedger(this.#options.files, slot.jobId, slot.worker));
    }
    if (ended || this.#isPutOff) this.#schedule();
  }

  /** Starts waiting workers in order, as far as there is room. */
  #schedule(): void {
    if (this.#closed || this.#waiting.length === 0) return;
    const used = this.#running().map(({ demand, gpuNames }) => ({ ...demand, gpuNames }));
    const room = new Room(this.#options.machine, used);
    const spawn = (slot: Slot, gpuNames: readonly string[]) => this.#spawn(slot, gpuNames);
    const { waiting, isPutOff } = startInOrder(this.#waiting, { room, spawn });
    this.#waiting = waiting;
    this.#isPutOff = isPutOff;
  }

  /** The worker stays pending if it cannot be started now, for example if file descriptors are exhausted. */
  #spawn(slot: Slot, gpuNames: readonly string[]): void {
    const { files, logger, now } = this.#options;
    const { jobId, worker } = slot;
    try {
      if (isTerminal(readStatus(files.job(jobId), jobId))) {
        slot.state = "exited";
        slot.ending = { reason: "the job is over" };
        return;
      }
      recordStarting(files, jobId, { worker, gpuNames, nowMs: now() });
      const tree = this.#trees.life(jobId, worker);
      const child = spawnWorker(files.home, this.#options, { jobId, number: worker, gpuNames, tree });
      slot.state = "running";
      slot.isChild = true;
      slot.gpuNames = gpuNames;
      slot.ending = {};
      child.once("error", (error) => this.#notStarted(slot, error));
      child.once("exit", (code, signal) => this.#childEnded(slot, endingOf(code, signal)));
      if (child.pid === undefined) return;
      slot.identity = identify(child.pid);
      recordRunning(files, jobId, { worker, identity: slot.identity });
      logger.info("started worker", { job_id: jobId, worker, pid: child.pid });
    } catch (error) {
      slot.ending = { reason: `cannot be started: ${(error as Error).message}` };
      if (slot.state !== "running") {
        if (mayPass(error)) return;
        slot.state = "exited";
      }
      logger.error("cannot start worker", { job_id: jobId, worker, error });
      this.#options.onDamage(jobId, error);
    }
  }

  /** Handles a start failure that the system reports asynchronously. */
  #notStarted(slot: Slot, error: Error): void {
    const ending = { reason: `cannot be started: ${error.message}` };
    if (!mayPass(error)) this.#childEnded(slot, ending);
    if (this.#closed || slot.state !== "running") return;
    slot.state = "pending";
    slot.ending = ending;
    this.#waiting.unshift(slot);
    this.#isPutOff = true;
  }

  #childEnded(slot: Slot, ending: Ending): void {
    if (this.#closed || slot.state !== "running") return;
    this.#end(slot, ending);
    this.#schedule();
  }

  #end(slot: Slot, ending: Ending): void {
    const { files, logger, now } = this.#options;
    const { jobId, worker, identity } = slot;
    sweepDead(files.home.temporaryDirectory);
    slot.state = "exited";
    slot.ending = ending;
    // Kill what the worker started, such as the predictor's process, before the worker is restarted.
    const leaders = identity ? [identity] : [];
    void endCleaners(killTree({ names: [this.#trees.worker(jobId, worker)], leaders }));
    try {
      recordExit(files, jobId, { worker, ending, nowMs: now() });
    } catch (error) {
      logger.error("cannot record the end of a worker", { job_id: jobId, worker, error });
      this.#options.onDamage(jobId, error);
    }
    logger.info("worker ended", { job_id: jobId, worker, pid: identity?.pid, ...ending });
  }

  /** Waits until these workers have ended, but no longer than `limitMs`. */
  async #allEnded(slots: readonly Slot[], limitMs: number): Promise<void> {
    const deadlineMs = performance.now() + limitMs;
    for (;;) {
      this.#look();
      if (!slots.some(({ state }) => state === "running") || performance.now() >= deadlineMs) return;
      await delay(STOP_POLL_MS);
    }
  }
}
