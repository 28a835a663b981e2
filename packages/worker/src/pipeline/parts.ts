import type { RunContext } from "../context/worker-context.ts";
import type { Backlog } from "./backlog.ts";
import type { Committer } from "./committer.ts";
import type { FailurePolicy } from "./failure-policy.ts";
import type { Fetcher } from "./fetcher.ts";
import type { GpuMemory } from "./gpu-memory.ts";
import type { InFlight } from "./in-flight.ts";
import type { ItemPolicy } from "./item-policy.ts";
import type { JobProgress } from "./job-progress.ts";
import type { Ending } from "./pipeline-end.ts";
import type { Throttle } from "./throttle.ts";
import type { Wake } from "./wake.ts";

/** What the loops of a pipeline share. */
export interface Parts extends RunContext {
  readonly ending: Ending;
  readonly backlog: Backlog;
  readonly inFlight: InFlight;
  readonly fetcher: Fetcher;
  readonly committer: Committer;
  readonly failures: FailurePolicy;
  readonly gpuMemory: GpuMemory;
  readonly items: ItemPolicy;
  readonly throttle: Throttle;
  readonly progress: JobProgress;
  /** There is room for more batches. */
  readonly fetchWake: Wake;
  /** There may be a batch for the predictor, or room in it. */
  readonly predictWake: Wake;
}
