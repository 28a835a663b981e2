import type { JobStatus } from "./job-status.ts";

/** Who is told when a job gets one of certain statuses. */
export interface Webhook {
  readonly url: string;
  readonly events: readonly JobStatus[];
  /** Signs what is sent. Never shown again. */
  readonly secret?: string;
}

/** How the telling of one event stands. */
export interface WebhookDelivery {
  readonly event: JobStatus;
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: number;
  readonly createdAtMs: number;
  /** When it was last tried. */
  readonly triedAtMs?: number;
  /** When it is tried next; of a pending one. */
  readonly dueAtMs?: number;
  /** HTTP status of the last answer, if there was one. */
  readonly answerStatus?: number;
  /** What went wrong at the last try. */
  readonly error?: string;
}
