import { availableParallelism, totalmem } from "node:os";
import { resolve } from "node:path";
import type { Backend, Logger, WorkerBackend } from "@millrace/core";
import { LOCAL_CAPABILITIES, LOCAL_PACE } from "./capabilities.ts";
import { homePaths } from "./home/home.ts";
import { makeDirectories, narrowTrees } from "./home/private-home.ts";
import { adoptJobs } from "./ledger/adopt-jobs.ts";
import { withDamagedJobs } from "./ledger/damaged-jobs.ts";
import { refreshIndex } from "./ledger/job-index.ts";
import { localLedger } from "./ledger/ledger.ts";
import { localLogStore } from "./logs/log-store.ts";
import { localObjectStore } from "./objects/object-store.ts";
import { detectGpus } from "./pool/gpus.ts";
import type { Machine } from "./pool/pool-resources.ts";
import { LocalWorkerPool } from "./pool/worker-pool.ts";
import { localBatchQueue } from "./queue/batch-queue.ts";
import { obstacleOf } from "./state/obstacle.ts";
import { StateFiles } from "./state/state-files.ts";
import { sweepDeploys } from "./state/sweep-deploys.ts";

export interface LocalWorkerBackendOptions {
  /** The home directory; created if missing. */
  readonly home: string;
  readonly logger: Logger;
  /** @default Date.now */
  readonly now?: () => number;
  /** How many job files stay open at once; each takes three file descriptors. @default 64 */
  readonly openJobs?: number;
}

export interface LocalBackendOptions extends LocalWorkerBackendOptions {
  /** Program and first arguments that run the worker's main; `run …` or `prepare …` is appended. */
  readonly workerCommand: readonly string[];
  /** Environment passed on to workers. `CUDA_VISIBLE_DEVICES`, if set, limits which GPUs are used. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Resources that all workers share. @default the whole machine */
  readonly machine?: Partial<Machine>;
}

/** Opens what the service needs. Close it with `pool.close()`, then `ledger.close()`; workers keep running. */
export async function openLocalBackend(options: LocalBackendOptions): Promise<Backend> {
  const { files, now, onDamage, ...ports } = openPorts(options);
  makeDirectories(files.home);
  narrowTrees(files.home).catch((error: unknown) => {
    options.logger.warn("cannot keep all of the home from other users", { error });
  });
  adoptJobs(files, { nowMs: now(), logger: options.logger });
  refreshIndex(files, options.logger);
  const pool = new LocalWorkerPool({
    files,
    ledger: ports.ledger,
    machine: wholeMachine(options),
    command: options.workerCommand,
    environment: options.environment,
    logger: options.logger,
    now,
    onDamage,
  });
  await pool.adopt(await ports.ledger.jobs.active());
  sweepDeploys(files, options.logger).catch((error: unknown) => {
    options.logger.warn("cannot remove what deploys that were killed left", { error });
  });
  const obstacle = () => obstacleOf(files.home.root);
  return { ...ports, pool, capabilities: LOCAL_CAPABILITIES, obstacle };
}

/** Opens what a worker process needs; no file is opened before its first use. Close it with `ledger.close()`. */
export async function openLocalWorkerBackend(options: LocalWorkerBackendOptions): Promise<WorkerBackend> {
  const { ledger, queue, objects, logs, pace } = openPorts(options);
  return { ledger, queue, objects, logs, pace };
}

function openPorts({ home: root, logger, now = Date.now, openJobs }: LocalWorkerBackendOptions) {
  const home = homePaths(resolve(root));
  const files = new StateFiles(home, { openJobs });
  const state = { ledger: localLedger(files, { now }), queue: localBatchQueue(files, { now }) };
  return {
    files,
    now,
    ...withDamagedJobs(state, files, { now, logger }),
    objects: localObjectStore(home),
    logs: localLogStore(home),
    pace: LOCAL_PACE,
  };
}

function wholeMachine({ machine = {}, environment }: LocalBackendOptions): Machine {
  // In a container this is the container's limit; 0 or an absurdly large value means no limit.
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return {
    cpus: machine.cpus ?? availableParallelism(),
    gpus: machine.gpus ?? detectGpus(environment.CUDA_VISIBLE_DEVICES),
    memBytes: machine.memBytes ?? Math.min(totalmem(), limit),
  };
}
