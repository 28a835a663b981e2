import type { Job, JobSummary, Webhook, WebhookDelivery } from "@millrace/core";
import { ForbiddenAddressError, post, type Resolve } from "./post.ts";
import { messageHeaders } from "./sign.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TIMEOUT_MS = 15 * SECOND;
/** Delays after each failed attempt: about a day in total, so that a receiver may be down overnight. */
const WAITS_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE].concat(
  [1, 2, 4, 8, 8].map((hours) => hours * HOUR),
);
/** The receiver does not want any more requests. */
const GONE = 410;

export interface DeliverOptions {
  readonly job: Job;
  readonly webhook: Webhook;
  readonly summary: JobSummary;
  readonly nowMs: number;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

/** Makes one attempt and returns the new state of the delivery. @throws the signal's reason when the signal ended it */
export async function deliver(before: WebhookDelivery, options: DeliverOptions): Promise<WebhookDelivery> {
  const { event, createdAtMs } = before;
  const attempts = before.attempts + 1;
  const tried = { event, createdAtMs, attempts, triedAtMs: options.nowMs };
  const failed = (
    error: string,
    more: { readonly answerStatus?: number; readonly isFinal?: boolean } = {},
  ) => {
    const { isFinal = false, ...facts } = more;
    const waitMs = WAITS_MS[attempts - 1];
    if (isFinal || waitMs === undefined) return { ...tried, ...facts, state: "failed" as const, error };
    return { ...tried, ...facts, state: "pending" as const, error, dueAtMs: options.nowMs + waitMs };
  };
  try {
    const answerStatus = await send(event, options);
    if (answerStatus >= 200 && answerStatus < 300) return { ...tried, answerStatus, state: "delivered" };
    return failed(`the receiver answered HTTP ${answerStatus}, expected 2xx`, {
      answerStatus,
      isFinal: answerStatus === GONE,
    });
  } catch (error) {
    options.signal.throwIfAborted();
    return failed(error instanceof Error ? error.message : String(error), {
      isFinal: error instanceof ForbiddenAddressError,
    });
  }
}

function send(event: WebhookDelivery["event"], options: DeliverOptions): Promise<number> {
  const { job, webhook, summary, nowMs, resolve, signal } = options;
  // The same for every attempt, so that a receiver can recognize duplicates.
  const id = `${job.spec.jobId}.${event}`;
  const body = JSON.stringify({
    type: `job.${event}`,
    timestamp: new Date(nowMs).toISOString(),
    data: { job: summary },
  });
  const message = { id, body, timestampSeconds: Math.floor(nowMs / SECOND) };
  const headers = messageHeaders(message, webhook.secret);
  return post(new URL(webhook.url), { body, headers, timeoutMs: TIMEOUT_MS, resolve, signal });
}
