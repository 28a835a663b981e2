import type { WorkerBackend } from "@millrace/core";

/** Gives the contract tests access to one backend. */
export interface BackendFixture {
  /** Used in the test titles. */
  readonly name: string;
  /** What its queue guarantees beyond at-least-once delivery. */
  readonly queue: QueuePromises;
  /** Opens a backend with its own state. */
  create(): Promise<BackendUnderTest>;
}

/** One backend with its own state. */
export interface BackendUnderTest {
  readonly backend: WorkerBackend;
  /**
   * Another connection to the same state, as another process would have. The suite closes the connections it opens
   * here.
   */
  reopen(): Promise<WorkerBackend>;
  /** Advances the backend's time: an injected clock, or waiting. Only used for seconds. */
  advance(ms: number): Promise<void>;
  /** Prefix for user input that the tests may write to, with a trailing slash. */
  readonly inputPrefix: string;
  /** Writes or replaces one of the user's objects. Returns its URI. */
  putInput(name: string, content: string): Promise<string>;
  deleteInput(name: string): Promise<void>;
  /** How another process opens the same state: `module` exports {@link OpenForTest} as `open`. */
  readonly opener: { readonly module: string; readonly argument: string };
  /** Closes everything and deletes the state. */
  cleanup(): Promise<void>;
}

export type OpenForTest = (argument: string) => Promise<WorkerBackend>;

/** How queues may differ; everything else is the same. */
export interface QueuePromises {
  /** A batch sent again while it is queued is queued once, counts are exact, and a stale receipt has no effect. */
  readonly isExact: boolean;
}
