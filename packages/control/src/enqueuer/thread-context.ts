import type { Logger, WorkerBackend } from "@millrace/core";
import type { FromThread } from "./messages.ts";

/** What the enqueuer's tasks share within the thread. */
export interface ThreadContext {
  readonly backend: WorkerBackend;
  readonly logger: Logger;
  readonly send: (message: FromThread) => void;
  readonly now: () => number;
}
