import { lookup } from "node:dns/promises";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Backend,
  isMillraceError,
  type Job,
  type JobStatus,
  type Logger,
  Turns,
  type Webhook,
  type WebhookDelivery,
} from "@millrace/core";
import { summarize } from "../views/summarize-jobs.ts";
import { deliver } from "./deliver.ts";
import { DeliveryRecords } from "./delivery-records.ts";
import { endedJobs } from "./ended-jobs.ts";
import type { Resolve } from "./post.ts";

export interface WebhooksOptions {
  readonly backend: Backend;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** @default the system's resolver */
  readonly resolve?: Resolve;
  /** Waits until a time. @default a timer */
  readonly waitUntil?: (atMs: number, signal: AbortSignal) => Promise<void>;
}

/** Deliveries of jobs that ended longer ago are finished, successfully or not. */
const LONGEST_MS = 2 * 24 * 3_600_000;

/**
 * Sends webhooks about jobs. Each delivery is recorded before it is sent, and its result afterwards: a restarted
 * service continues, and may send an event twice, with the same id, but never omits one.
 */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #records: DeliveryRecords;
  /** Events, by {@link keyOf}, that have been handled; the records are authoritative, this avoids reading them. */
  readonly #told = new Set<string>();
  /** Deliveries in progress. */
  readonly #delivering = new Set<string>();
  /** By job: a step reads its records, changes them and writes them, so that none is lost. */
  readonly #steps = new Turns();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#records = new DeliveryRecords(options.backend.objects);
  }

  /** Continues deliveries of jobs that ended before this start of the service. */
  start(): void {
    this.#run(async () => {
      for await (const job of endedJobs(this.#options.backend)) {
        if (this.#stop.signal.aborted) return;
        this.look(job);
      }
    });
  }

  /** Checks a job's status and sends the events that its webhook wants. */
  look(job: Job): void {
    const { webhook, jobId } = job.spec;
    if (!webhook || this.#stop.signal.aborted) return;
    if ((job.endedAtMs ?? this.#options.now()) < this.#options.now() - LONGEST_MS) return;
    const events = eventsOf(job, webhook).filter((event) => !this.#told.has(keyOf(jobId, event)));
    if (events.length === 0) return;
    for (const event of events) this.#told.add(keyOf(jobId, event));
    this.#run(() => this.#begin(job, events));
  }

  /** The deliveries of the job's webhook, oldest first. */
  async deliveries(job: Job): Promise<readonly WebhookDelivery[]> {
    return job.spec.webhook ? this.#records.read(job.spec.jobId) : [];
  }

  /** Stops deliveries in progress; they continue when the service is restarted. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** Records the new deliveries, then starts them and those left from before a restart. */
  async #begin(job: Job, events: readonly JobStatus[]): Promise<void> {
    const { jobId } = job.spec;
    await this.#steps.run(jobId, async () => {
      const known = await this.#records.read(jobId);
      const missing = events.filter((event) => !known.some((delivery) => delivery.event === event));
      const createdAtMs = this.#options.now();
      const added = missing.map((event) => ({ event, state: "pending" as const, attempts: 0, createdAtMs }));
      if (added.length > 0) await this.#records.write(jobId, [...known, ...added]);
      for (const delivery of [...known, ...added]) {
        const key = keyOf(jobId, delivery.event);
        if (delivery.state !== "pending" || this.#delivering.has(key)) continue;
        this.#delivering.add(key);
        this.#run(() => this.#deliver(job, delivery).finally(() => this.#delivering.delete(key)));
      }
    });
  }

  async #deliver(job: Job, first: WebhookDelivery): Promise<void> {
    const { backend, logger, now, resolve = resolveAll, waitUntil = waitWithTimer } = this.#options;
    const { jobId, webhook } = job.spec;
    const { signal } = this.#stop;
    let delivery = first;
    while (webhook && delivery.state === "pending") {
      if (delivery.dueAtMs !== undefined) await waitUntil(delivery.dueAtMs, signal);
      const [summary] = await summarize(backend, [await backend.ledger.jobs.get(jobId)]);
      if (!summary) return;
      delivery = await deliver(delivery, { job, webhook, summary, nowMs: now(), resolve, signal });
      const { event, state, attempts, error } = delivery;
      const fields = { job_id: jobId, event, state, attempts, receiver: new URL(webhook.url).origin };
      if (error === undefined) logger.info("webhook delivered", fields);
      else logger.warn("webhook not delivered", { ...fields, reason: error });
      await this.#record(jobId, delivery);
    }
  }

  #record(jobId: string, delivery: WebhookDelivery): Promise<void> {
    return this.#steps.run(jobId, async () => {
      const known = await this.#records.read(jobId);
      await this.#records.write(
        jobId,
        known.map((other) => (other.event === delivery.event ? delivery : other)),
      );
    });
  }

  #run(work: () => Promise<void>): void {
    const run = work()
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted || isMillraceError(error, "job_not_found")) return;
        this.#options.logger.error("cannot deliver to a webhook", { error });
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }
}

function keyOf(jobId: string, event: JobStatus): string {
  return `${jobId}.${event}`;
}

/** The events for the job's current state that its webhook wants. */
function eventsOf(job: Job, { events }: Webhook): readonly JobStatus[] {
  // Between two checks a job may have both started and ended.
  const seen = job.startedAtMs === undefined ? [job.status] : (["running", job.status] as const);
  return [...new Set(seen)].filter((status) => events.includes(status));
}

function resolveAll(hostname: string) {
  return lookup(hostname, { all: true });
}

async function waitWithTimer(atMs: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, atMs - Date.now()), undefined, { signal, ref: false });
}
