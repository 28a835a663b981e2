import {
  BatchReader,
  batchId,
  isComplete,
  isMillraceError,
  isTerminal,
  type Progress,
  type StatusReason,
} from "@millrace/core";
import type { PredictOutput, PredictorProcess } from "../predictor-process/mod.ts";
import type { WorkerContext } from "../run/context.ts";
import type { WorkerLog } from "../run/worker-log.ts";
import { Backlog, type ReadyBatch } from "./backlog.ts";
import { type CommittedGroup, Committer } from "./committer.ts";
import { FailurePolicy } from "./failure-policy.ts";
import { Fetcher } from "./fetcher.ts";
import { LeaseBook } from "./lease-book.ts";
import { persist } from "./persist.ts";
import type { PredictorSlot } from "./predictor-slot.ts";
import { outputRows } from "./rows.ts";
import { Wake } from "./wake.ts";

/** Why a pipeline ended; the first reason wins. */
export type PipelineEnd =
  /** Every item of the job has its row. */
  | { readonly kind: "complete" }
  /** Somebody ended the job: stopped, timed out, failed elsewhere. */
  | { readonly kind: "job_over" }
  /** The breaker: the job should end with this reason. */
  | { readonly kind: "broken"; readonly reason: StatusReason }
  /** The predictor cannot be constructed, or the state cannot be written. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** This worker was asked to end. */
  | { readonly kind: "released" };

const IDLE_FIRST_MS = 5;
const IDLE_LONGEST_MS = 200;

/** Lease and load ahead, predict, commit behind: three loops around one predictor, until the first reason to end. */
export class Pipeline {
  readonly #context: WorkerContext;
  readonly #slot: PredictorSlot;
  readonly #log: WorkerLog;
  readonly #backlog: Backlog;
  readonly #leases: LeaseBook;
  readonly #committer: Committer;
  readonly #failures: FailurePolicy;
  readonly #fetcher: Fetcher;
  readonly #fetchWake = new Wake();
  readonly #predictWake = new Wake();
  readonly #settling = new Set<Promise<void>>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #endSignal = new AbortController();
  #inFlight = 0;
  /** A suspect is being predicted: nothing else may be, so that it is clear who ended the worker if it ends. */
  #isAlone = false;
  #end: PipelineEnd | undefined;

  constructor(context: WorkerContext, options: { readonly slot: PredictorSlot; readonly log: WorkerLog }) {
    const { backend, job } = context;
    this.#context = context;
    this.#slot = options.slot;
    this.#log = options.log;
    this.#backlog = new Backlog(job.prefetchBatches);
    this.#leases = new LeaseBook(context);
    this.#committer = new Committer({
      context,
      leases: this.#leases,
      onCommitted: (group) => void this.#guard(this.#afterCommit(group)),
    });
    this.#failures = new FailurePolicy({ context, leases: this.#leases, committer: this.#committer });
    const reader = new BatchReader({
      objects: backend.objects,
      source: (id) => backend.ledger.batches.source(job.jobId, id),
    });
    this.#fetcher = new Fetcher({
      context,
      leases: this.#leases,
      reader,
      failures: this.#failures,
      onBreak: (reason) => this.end({ kind: "broken", reason }),
    });
  }

  /** Runs until there is a reason to end; then nothing is leased, in flight or unwritten any more. */
  async run(): Promise<PipelineEnd> {
    await Promise.all([this.#guard(this.#fetchLoop()), this.#guard(this.#predictLoop())]);
    const end = this.#end ?? { kind: "complete" };
    // Batches in flight are finished when the predictor is needed again or the worker was merely asked to end.
    if (end.kind !== "released" && end.kind !== "complete") await this.#slot.stop({ now: true });
    while (this.#settling.size > 0) await Promise.all(this.#settling);
    await this.#committer
      .flush()
      .catch((error: unknown) => this.#context.logger.error("results not written", { error }));
    await this.#leases.releaseAll(this.#backlog.leases());
    return end;
  }

  /** Asks the pipeline to end. */
  end(end: PipelineEnd): void {
    this.#end ??= end;
    this.#ended.resolve();
    this.#endSignal.abort();
    this.#fetchWake.notify();
    this.#predictWake.notify();
  }

  /** Renews the leases; a batch whose lease is lost is dropped unless it is being predicted: then its commit decides. */
  async heartbeat(): Promise<void> {
    for (const receipt of await this.#leases.renew()) this.#backlog.drop(receipt);
  }

  async #fetchLoop(): Promise<void> {
    let idleMs = IDLE_FIRST_MS;
    while (!this.#end) {
      const room = this.#committer.behind ? 0 : this.#backlog.room(this.#inFlight);
      if (room === 0) {
        await this.#fetchWake.wait(this.#committer.behind ? IDLE_LONGEST_MS : undefined);
        continue;
      }
      const { leased, ready } = await persist(
        () => this.#fetcher.fetch(room, this.#endSignal.signal),
        this.#context,
      );
      this.#backlog.push(ready);
      if (ready.length > 0) this.#predictWake.notify();
      if (leased > 0) {
        idleMs = IDLE_FIRST_MS;
        continue;
      }
      if (this.#inFlight === 0 && this.#backlog.size === 0 && this.#committer.idle)
        await this.#lookAtProgress(this.#context.backend.pace.progressAgeMs);
      if (this.#end) return;
      await this.#fetchWake.wait(idleMs);
      idleMs = Math.min(idleMs * 2, IDLE_LONGEST_MS);
    }
  }

  async #predictLoop(): Promise<void> {
    const { backend, job, worker } = this.#context;
    // The predictor starts while the first batches are leased and loaded.
    await Promise.race([this.#slot.get(), this.#ended.promise]);
    const running = () => backend.ledger.workers.update(job.jobId, worker, { status: "running" });
    if (!this.#end) await persist(running, this.#context);
    while (!this.#end) {
      // No race for each batch: every one would stay with the promise of the end, and memory would grow with the job.
      const predictor = this.#slot.current ?? (await Promise.race([this.#slot.get(), this.#ended.promise]));
      if (!predictor || this.#end) return;
      const isOpen = !this.#isAlone && this.#inFlight < this.#backlog.window();
      const batch = isOpen ? this.#backlog.take(this.#inFlight === 0) : undefined;
      if (!batch) {
        await this.#predictWake.wait();
        continue;
      }
      this.#isAlone = batch.suspectAttempts !== undefined;
      if (this.#isAlone) {
        // What the worker has finished must not be lost with it.
        await this.#committer.flush();
        await this.#failures.chargeSuspect(batch);
      }
      this.#predict(batch, predictor);
    }
  }

  #predict(batch: ReadyBatch, predictor: PredictorProcess): void {
    this.#inFlight += 1;
    const prediction = predictor.predict({
      batchId: batchId(batch.lease.batch),
      items: batch.items,
      timeoutMs: this.#context.job.batchTimeoutSeconds * 1_000,
    });
    const settled = this.#guard(this.#settle(batch, { predictor, prediction })).finally(() => {
      this.#settling.delete(settled);
      this.#inFlight -= 1;
      this.#isAlone = false;
      this.#predictWake.notify();
      this.#wakeFetcher();
      if (this.#inFlight === 0 && this.#backlog.size === 0) this.#committer.hurry();
    });
    this.#settling.add(settled);
    this.#wakeFetcher();
  }

  #wakeFetcher(): void {
    if (this.#backlog.room(this.#inFlight) > 0) this.#fetchWake.notify();
  }

  async #settle(
    batch: ReadyBatch,
    { predictor, prediction }: { predictor: PredictorProcess; prediction: Promise<PredictOutput> },
  ): Promise<void> {
    const { job, worker } = this.#context;
    try {
      const output = await prediction;
      const rows = outputRows(batch.lease.batch, { items: batch.items, idsFrom: job.dataset.kind, output });
      this.#backlog.learn(output.predictMs);
      this.#committer.add({
        lease: batch.lease,
        commit: { batch: batch.lease.batch, rows, failedItems: 0, predictMs: output.predictMs, worker },
      });
    } catch (error) {
      // A process that is gone is replaced; one that only raised goes on.
      if (predictor.pid === undefined) await this.#slot.discard(predictor);
      await this.#settleFailure(batch, error);
    }
  }

  async #settleFailure(batch: ReadyBatch, error: unknown): Promise<void> {
    if (isMillraceError(error, "unavailable")) return;
    if (isMillraceError(error) && error.details.guilty === false) {
      this.#backlog.putBack(batch);
      return;
    }
    this.#log.failure(batchId(batch.lease.batch), error);
    const reason = await this.#failures.failed(batch, error);
    if (reason) this.end({ kind: "broken", reason });
  }

  /** Whoever commits last must see that it was the last; in the middle of the work nobody needs to know. */
  async #afterCommit({ progress, hasFailures }: CommittedGroup): Promise<void> {
    if (progress) return this.#learnProgress(progress);
    const isOut = this.#inFlight === 0 && this.#backlog.size === 0;
    const mayBeTooMany = hasFailures && this.#context.job.maxFailedItems !== undefined;
    if (!this.#end && (isOut || mayBeTooMany)) await this.#lookAtProgress(0);
  }

  async #lookAtProgress(maxAgeMs: number): Promise<void> {
    const { backend, job } = this.#context;
    const progress = () => backend.ledger.batches.progress(job.jobId, { maxAgeMs });
    this.#learnProgress(await persist(progress, this.#context));
  }

  #learnProgress(progress: Progress): void {
    const { maxFailedItems } = this.#context.job;
    if (isTerminal(progress.status)) this.end({ kind: "job_over" });
    else if (maxFailedItems !== undefined && progress.failedItems > maxFailedItems) {
      const message = `Stopped early: ${progress.failedItems} items failed, more than max_failed_items (${maxFailedItems}) allows`;
      this.end({ kind: "broken", reason: { code: "too_many_failures", message } });
    } else if (isComplete(progress)) this.end({ kind: "complete" });
  }

  /** A loop that throws ends the pipeline. */
  async #guard(loop: Promise<void>): Promise<void> {
    try {
      await loop;
      if (this.#committer.failure !== undefined) throw this.#committer.failure;
    } catch (error) {
      this.end({ kind: "failed", error });
    }
  }
}
