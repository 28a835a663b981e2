import type { Webhook } from "./webhook.ts";

/** What runs the predictor. */
export type PredictorType = "python" | "typescript";

/**
 * What happens to a batch that failed `maxAttempts` times: bisect it until the bad items are isolated, or fail all of
 * it.
 */
export type OnFailure = "isolate" | "fail_batch";

/** What becomes of NaN and infinities in an output. */
export type NanRule = "error" | "null" | "string";

/** How outputs are written. Absent fields mean the default. */
export interface OutputRules {
  readonly nan?: NanRule;
}

/** How `preprocess` runs. */
export interface PreprocessRules {
  /** Batches at once. */
  readonly workers: number;
  /** In threads of the predictor's process, or in processes of their own (Python). */
  readonly mode: "thread" | "process";
}

/** One API as its YAML describes it, with defaults filled in. YAML uses snake_case; the schema maps it to this. */
export interface ApiSpec {
  readonly name: string;
  readonly kind: "BatchAPI";
  readonly predictor: {
    readonly type: PredictorType;
    /** Relative to the project directory. */
    readonly path: string;
    /** Calls in flight in one worker; absent: as many as the predictor's kind of method has by default. */
    readonly concurrency?: number;
    /** How `preprocess` runs, for a predictor that has it; absent: with the defaults. */
    readonly preprocess?: PreprocessRules;
    /** After so long without any answer the predictor is replaced; absent: never. */
    readonly stallTimeoutSeconds?: number;
    /** Time between the starts of a job's predictors. */
    readonly startStaggerSeconds?: number;
    /** JSON object; a job's config is merged over it, key by key. */
    readonly config: Readonly<Record<string, unknown>>;
    readonly env: Readonly<Record<string, string>>;
    /** Directory added to `PYTHONPATH`, relative to the project directory. */
    readonly pythonPath: string;
    /** Container image (aws). */
    readonly image?: string;
    readonly dependencies: {
      readonly pip: string;
      readonly conda: string;
      readonly shell: string;
    };
  };
  readonly compute: {
    /** Cores per worker; fractions allowed. */
    readonly cpu: number;
    /** GPUs per worker. */
    readonly gpu: number;
    /** Memory limit per worker in bytes; absent: Millrace sets no limit. */
    readonly memBytes?: number;
    readonly shmBytes?: number;
    /** GPU family (aws). */
    readonly accelerator?: string;
    readonly spot: boolean;
  };
  readonly networking: { readonly endpoint: string };
  readonly jobDefaults: {
    readonly maxAttempts: number;
    readonly onFailure: OnFailure;
    readonly batchTimeoutSeconds: number;
    readonly prefetchBatches: number;
  };
  /** For jobs that do not set rules of their own. */
  readonly output?: OutputRules;
  /** Called for jobs that do not set a webhook of their own. */
  readonly webhook?: Webhook;
}

/** One deploy of an API; immutable. */
export interface ApiVersion {
  readonly name: string;
  /** Content hash of the project's files and the spec, 16 hexadecimal digits; `api_id` in the REST API. */
  readonly version: string;
  readonly spec: ApiSpec;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
}
