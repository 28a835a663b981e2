import {
  apiIsGone,
  type BatchLedger,
  beganNothing,
  type CreateJobOptions,
  type Idempotency,
  isTerminal,
  type Job,
  type JobLedger,
  type JobQuery,
  type JobSpec,
  MillraceError,
  transition,
} from "@millrace/core";
import type { JobState, MemoryState } from "../state/memory-state.ts";

export function memoryJobs(
  state: MemoryState,
  { now, batches }: { readonly now: () => number; readonly batches: BatchLedger },
): JobLedger {
  /** The job that holds the key but can give it up. */
  const freed = async (key: string) => {
    const holder = holderOf(state, key);
    return holder && (await beganNothing(batches, holder.job)) ? holder : undefined;
  };
  return {
    create: async (spec, options = {}) => {
      const unbound = options.idempotency && (await freed(options.idempotency.key));
      return structuredClone(createJob(state, spec, { ...options, unbound }));
    },
    findIdempotent: async (idempotency) =>
      structuredClone(boundJob(state, idempotency, await freed(idempotency.key))),
    get: async (jobId) => structuredClone(state.job(jobId).job),
    status: async (jobId) => state.job(jobId).job.status,
    list: async (query) => structuredClone(listJobs(state, query)),
    active: async () => idsOf(state, ({ job }) => !isTerminal(job.status)),
    unsettled: async () => idsOf(state, ({ job, settled }) => isTerminal(job.status) && !settled),
    settle: async (jobId) => {
      state.job(jobId).settled = true;
    },
    transition: async (jobId, to, options) => moveJob(state.job(jobId), to, options),
    setTotals: async (jobId, { items, batches }) => {
      const job = state.job(jobId);
      job.job = { ...job.job, totalItems: items, totalBatches: batches };
    },
    setOutput: async (jobId, output) => {
      const job = state.job(jobId);
      job.job = { ...job.job, output: structuredClone(output) };
    },
    acquireCompletion: async (jobId, { owner, seconds }) => {
      const job = state.job(jobId);
      const held = job.completion && job.completion.expiresAtMs > now() ? job.completion.owner : owner;
      if (held !== owner) return false;
      job.completion = { owner, expiresAtMs: now() + seconds * 1_000 };
      return true;
    },
    releaseCompletion: async (jobId, owner) => {
      const job = state.job(jobId);
      if (job.completion?.owner === owner) job.completion = undefined;
    },
    delete: async (jobId) => {
      state.job(jobId);
      state.jobs.delete(jobId);
    },
  };
}

function idsOf(state: MemoryState, isWanted: (job: JobState) => boolean): readonly string[] {
  return state
    .jobsInOrder()
    .filter(isWanted)
    .map(({ job }) => job.spec.jobId);
}

/** The last job created with the key: earlier ones have given it up. */
function holderOf(state: MemoryState, key: string): JobState | undefined {
  return state.jobsInOrder().findLast(({ idempotency }) => idempotency?.key === key);
}

function boundJob(
  state: MemoryState,
  { key, fingerprint }: Idempotency,
  unbound: JobState | undefined,
): Job | undefined {
  const holder = holderOf(state, key);
  if (!holder || holder === unbound) return undefined;
  if (holder.idempotency?.fingerprint === fingerprint) return holder.job;
  throw new MillraceError(
    "idempotency_conflict",
    `Cannot submit with idempotency key "${key}": another request came with it, use a new key`,
  );
}

function createJob(
  state: MemoryState,
  given: JobSpec,
  { idempotency, ofDeployedApi, unbound }: CreateJobOptions & { readonly unbound: JobState | undefined },
): { readonly job: Job; readonly created: boolean } {
  const earlier = idempotency && boundJob(state, idempotency, unbound);
  if (earlier) return { job: earlier, created: false };
  const spec = structuredClone(given);
  const isDeployed = state.apis.has(spec.apiName) && state.versions.has(`${spec.apiName} ${spec.apiVersion}`);
  if (ofDeployedApi && !isDeployed) throw apiIsGone(spec.apiName);
  const job: Job = { spec, status: "enqueuing" };
  state.jobs.set(spec.jobId, {
    job,
    idempotency,
    settled: false,
    completion: undefined,
    sources: new Map(),
    checkpoint: undefined,
    committed: new Map(),
    split: new Set(),
    planned: new Map(),
    queue: new Map(),
    hasQueue: false,
    attempts: new Map(),
    workers: new Map(),
  });
  return { job, created: true };
}

function moveJob(
  state: JobState,
  to: Job["status"],
  { atMs, reason, output }: Parameters<JobLedger["transition"]>[2],
): boolean {
  const { job } = state;
  if (job.status === to || isTerminal(job.status)) return false;
  state.job = {
    ...job,
    status: transition(job.status, to),
    ...(reason && { reason }),
    ...(to === "running" && { startedAtMs: atMs }),
    ...(isTerminal(to) && { endedAtMs: atMs }),
    ...(output && { output: structuredClone(output) }),
  };
  return true;
}

function listJobs(state: MemoryState, query: JobQuery): readonly Job[] {
  const { apiName, statuses, labels = {}, search = "", before, limit = 100 } = query;
  const isWanted = ({ spec, status }: Job) => {
    const texts = [spec.jobId, spec.apiName, ...Object.entries(spec.labels).flat()];
    return (
      (apiName === undefined || spec.apiName === apiName) &&
      (statuses === undefined || statuses.includes(status)) &&
      (before === undefined || spec.jobId < before) &&
      Object.entries(labels).every(([key, value]) => spec.labels[key] === value) &&
      texts.some((text) => text.toLowerCase().includes(search.toLowerCase()))
    );
  };
  const jobs = state.jobsInOrder().map(({ job }) => job);
  return jobs.reverse().filter(isWanted).slice(0, limit);
}
