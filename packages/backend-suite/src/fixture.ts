import type { WorkerBackend } from "@millrace/core";

/** How the contract tests get at one backend. */
export interface BackendFixture {
  /** Appears in the titles. */
  readonly name: string;
  /** What its queue promises beyond "at least once". */
  readonly queue: QueuePromises;
  /** Opens a backend on state of its own. */
  create(): Promise<BackendUnderTest>;
}

/** One backend on state of its own. */
export interface BackendUnderTest {
  readonly backend: WorkerBackend;
  /** Another connection to the same state, as another process has. The suite closes what it opened here. */
  reopen(): Promise<WorkerBackend>;
  /** Lets the backend's time pass: an injected clock, or waiting. Only used for seconds. */
  advance(ms: number): Promise<void>;
  /** Prefix of user input that the tests may write below, with a trailing slash. */
  readonly inputPrefix: string;
  /** Writes or replaces an object of the user. Returns its URI. */
  putInput(name: string, content: string): Promise<string>;
  deleteInput(name: string): Promise<void>;
  /** How another process opens the same state: `module` exports {@link OpenForTest} as `open`. */
  readonly opener: { readonly module: string; readonly argument: string };
  /** Closes everything and removes the state. */
  cleanup(): Promise<void>;
}

export type OpenForTest = (argument: string) => Promise<WorkerBackend>;

/** What queues differ in. Everything else they have in common. */
export interface QueuePromises {
  /** A batch that is sent while it is queued is queued once, counts are exact, and a lost receipt touches nothing. */
  readonly isExact: boolean;
}
