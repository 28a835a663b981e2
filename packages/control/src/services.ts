import type { Backend, Logger } from "@millrace/core";
import type { Enqueuer } from "./enqueuer/enqueuer.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Reconciler } from "./reconciler/reconciler.ts";
import type { Access } from "./sessions/access.ts";
import type { JobListWatcher } from "./streams/job-list-watcher.ts";
import type { JobWatcher } from "./streams/job-watcher.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";

/** What the routes depend on. */
export interface Services {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly access: Access;
  readonly enqueuer: Pick<Enqueuer, "enqueue" | "cancel">;
  readonly reconciler: Pick<Reconciler, "wake">;
  readonly webhooks: Pick<Webhooks, "deliveries">;
  readonly metrics: Pick<Metrics, "render" | "request">;
  readonly watcher: Pick<JobWatcher, "watch">;
  /** The OpenAPI document of the service at `url`. */
  readonly openApi: (url: string) => object;
  readonly jobListWatcher: Pick<JobListWatcher, "watch">;
  /** Directory for archives while they are being uploaded. */
  readonly uploads: string;
  /** Aborts when the service stops: streams end, and no new work is started. */
  readonly stopping: AbortSignal;
  readonly limits: {
    readonly requestBytes: number;
    readonly archiveBytes: number;
  };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
