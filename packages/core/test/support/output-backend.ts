import {
  type composeOutput,
  isTerminal,
  type Job,
  type JobOutput,
  type JobStatus,
  type ResultBlock,
} from "../../src/mod.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";

export interface JobRows {
  readonly job: Job;
  readonly blocks: readonly ResultBlock[];
}

/** Only what composing an output uses of a backend. */
export function outputBackend(all: readonly JobRows[], options: { readonly pieceBytes?: number } = {}) {
  const objects = new MemoryObjectStore(options);
  const outputs = new Map<string, JobOutput>();
  const find = (jobId: string) => {
    const found = all.find(({ job }) => job.spec.jobId === jobId);
    if (!found) throw new Error(`no job ${jobId}`);
    return found;
  };
  const ledger = {
    jobs: {
      get: async (jobId: string) => {
        const output = outputs.get(jobId);
        return output ? { ...find(jobId).job, output } : find(jobId).job;
      },
      setOutput: async (jobId: string, output: JobOutput) => void outputs.set(jobId, output),
      transition: async (jobId: string, to: JobStatus, end: Partial<Job>) => {
        const { job } = find(jobId);
        if (isTerminal(job.status)) return false;
        Object.assign(job, end, { status: to });
        if (end.output) outputs.set(jobId, end.output);
        return true;
      },
    },
    batches: {
      results: async function* (jobId: string) {
        yield* find(jobId).blocks;
      },
    },
  };
  return { backend: { ledger, objects } as unknown as Parameters<typeof composeOutput>[0], objects, outputs };
}

export function jobOf(jobId: string, parentJobId?: string, fields: Partial<Job> = {}): Job {
  const dataset = parentJobId ? { kind: "retry", parentJobId } : { kind: "item_list", batchSize: 2 };
  return {
    spec: { jobId, apiName: "a", apiVersion: "v", dataset },
    status: "running",
    ...fields,
  } as unknown as Job;
}
