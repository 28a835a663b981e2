import type { RedisOnDemand } from "./redis/server.ts";

export interface NoopRun {
  readonly batches: number;
  /** One run each. */
  readonly batchSizes: readonly number[];
  readonly workers: number;
  /** An empty folder for results. */
  readonly folder: string;
  readonly redis: RedisOnDemand;
}

/** A peer for the no-op comparison. */
export interface NoopPeer {
  readonly name: string;
  readonly language: "typescript" | "python";
  /** The multiple of its rate that we aim at. */
  readonly target: number;
  /** Seconds of each run. @throws {Error} when it cannot be installed here, or fails */
  seconds(run: NoopRun): Promise<readonly number[]>;
}
