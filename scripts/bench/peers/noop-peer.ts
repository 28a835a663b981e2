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

/** One that is compared with Millrace at doing nothing. */
export interface NoopPeer {
  readonly name: string;
  readonly language: "typescript" | "python";
  /** How many times its rate we aim at. */
  readonly target: number;
  /** Seconds of each run. @throws {Error} when it cannot be installed here, or fails */
  seconds(run: NoopRun): Promise<readonly number[]>;
}
