import type { JobStatus } from "./job-status.ts";

/** Where to send a request when a job reaches certain statuses. */
export interface Webhook {
  readonly url: string;
  readonly events: readonly JobStatus[];
  /** Signs the requests. Never shown again. */
  readonly secret?: string;
}

/** Delivery state of one event. */
export interface WebhookDelivery {
  readonly event: JobStatus;
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: number;
  readonly createdAtMs: number;
  /** Time of the last attempt. */
  readonly triedAtMs?: number;
  /** Time of the next attempt, while the delivery is pending. */
  readonly dueAtMs?: number;
  /** HTTP status of the last response, if there was one. */
  readonly answerStatus?: number;
  /** What went wrong in the last attempt. */
  readonly error?: string;
}
