import {
  BatchReader,
  batchId,
  isComplete,
  isMillraceError,
  isTerminal,
  type Phase,
  type Progress,
  type WorkerReport,
} from "@millrace/core";
import type { PredictOutput, PredictorProcess } from "../predictor-process/mod.ts";
import type { WorkerContext } from "../run/context.ts";
import type { TimeSheet } from "../run/time-sheet.ts";
import type { WorkerLog } from "../run/worker-log.ts";
import { Backlog, type ReadyBatch } from "./backlog.ts";
import { type CommittedGroup, Committer } from "./committer.ts";
import { FailurePolicy } from "./failure-policy.ts";
import { Fetcher } from "./fetcher.ts";
import { LeaseBook } from "./lease-book.ts";
import { persist } from "./persist.ts";
import type { PipelineEnd } from "./pipeline-end.ts";
import type { PredictorSlot } from "./predictor-slot.ts";
import { outputRows } from "./rows.ts";
import { Wake } from "./wake.ts";

const IDLE_FIRST_MS = 5;
const BEHIND_LOOK_MS = 200;

/** Lease and load ahead, predict, commit behind: three loops around one predictor, until the first reason to end. */
export class Pipeline {
  readonly #context: WorkerContext;
  readonly #slot: PredictorSlot;
  readonly #log: WorkerLog;
  readonly #sheet: TimeSheet;
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
  /** Batches that the predictor holds, in its order. */
  readonly #inFlight = new Set<ReadyBatch>();
  /** Why the predictor would have nothing to do. */
  #lack: Phase = "loading";
  /** A suspect is being predicted: nothing else may be, so that it is clear who ended the worker if it ends. */
  #isAlone = false;
  #end: PipelineEnd | undefined;

  constructor(
    context: WorkerContext,
    options: { readonly slot: PredictorSlot; readonly log: WorkerLog; readonly sheet: TimeSheet },
  ) {
    const { backend, job } = context;
    this.#context = context;
    this.#slot = options.slot;
    this.#log = options.log;
    this.#sheet = options.sheet;
    this.#backlog = new Backlog(job.prefetchBatches);
    this.#leases = new LeaseBook(context);
    this.#committer = new Committer({
      context,
      leases: this.#leases,
      sheet: this.#sheet,
      onCommitted: (group) => void this.#guard(this.#afterCommit(group)),
    });
    this.#failures = new FailurePolicy({
      context,
      leases: this.#leases,
      committer: this.#committer,
      sheet: this.#sheet,
    });
    const reader = new BatchReader({
      objects: backend.objects,
      source: (id) => backend.ledger.batches.source(job.jobId, id),
    });
    this.#fetcher = new Fetcher({
      context,
      leases: this.#leases,
      reader,
      failures: this.#failures,
      sheet: this.#sheet,
      onBreak: (reason) => this.end({ kind: "broken", reason }),
    });
  }

  /** Runs until there is a reason to end; then nothing is leased, in flight or unwritten any more. */
  async run(): Promise<PipelineEnd> {
    await Promise.all([this.#guard(this.#fetchLoop()), this.#guard(this.#predictLoop())]);
    const end = this.#end ?? { kind: "complete" };
    // Batches in flight are finished when the predictor is needed again or the worker was merely asked to end.
    const isNeeded = end.kind === "released" || end.kind === "complete";
    if (!isNeeded && this.#inFlight.size > 0) await this.#slot.kill();
    while (this.#settling.size > 0) await Promise.all(this.#settling);
    this.#sheet.lap(this.#phase);
    await this.#committer
      .flush()
      .catch((error: unknown) => this.#context.logger.error("results not written", { error }));
    await this.#leases.releaseAll(this.#backlog.leases());
    this.#sheet.lap("writing");
    return end;
  }

  /** What the worker is doing now, and what its time went into. */
  report(): WorkerReport {
    const [batch] = this.#inFlight;
    return this.#sheet.report(this.#phase, batch && batchId(batch.lease.batch));
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
      const isBehind = this.#committer.behind;
      const room = isBehind ? 0 : this.#backlog.room(this.#inFlight.size);
      if (room === 0) {
        await this.#fetchWake.wait(isBehind ? BEHIND_LOOK_MS : undefined);
        if (isBehind) this.#lacked("writing");
        continue;
      }
      const { leased, ready } = await persist(
        () => this.#fetcher.fetch(room, this.#endSignal.signal),
        this.#context,
      );
      this.#lacked(leased > 0 ? "loading" : "idle");
      this.#backlog.push(ready);
      if (ready.length > 0) this.#predictWake.notify();
      if (leased > 0) {
        idleMs = IDLE_FIRST_MS;
        continue;
      }
      if (this.#inFlight.size === 0 && this.#backlog.size === 0 && this.#committer.idle)
        await this.#lookAtProgress(this.#context.backend.pace.progressAgeMs);
      if (this.#end) return;
      await this.#fetchWake.wait(idleMs);
      idleMs = Math.min(idleMs * 2, this.#context.backend.pace.idleMs);
    }
  }

  async #predictLoop(): Promise<void> {
    const { backend, job, worker } = this.#context;
    // The predictor starts while the first batches are leased and loaded.
    await Promise.race([this.#slot.get(), this.#ended.promise]);
    this.#sheet.lap("starting");
    const running = () =>
      backend.ledger.workers.update(job.jobId, worker, {
        status: "running",
        heartbeatAtMs: Date.now(),
        report: this.report(),
      });
    if (!this.#end) await persist(running, this.#context);
    while (!this.#end) {
      // No race for each batch: every one would stay with the promise of the end, and memory would grow with the job.
      const predictor = this.#slot.current ?? (await this.#nextPredictor());
      if (!predictor || this.#end) return;
      const isOpen = !this.#isAlone && this.#inFlight.size < this.#backlog.window();
      const batch = isOpen ? this.#backlog.take(this.#inFlight.size === 0) : undefined;
      if (!batch) {
        await this.#predictWake.wait();
        continue;
      }
      this.#isAlone = batch.suspectAttempts !== undefined;
      if (this.#isAlone) {
        // What the worker has finished must not be lost with it.
        await this.#committer.flush();
        await this.#failures.chargeSuspect(batch);
        this.#lacked("writing");
      }
      this.#predict(batch, predictor);
    }
  }

  /** The predictor that replaces one that died. */
  async #nextPredictor(): Promise<PredictorProcess | undefined> {
    const predictor = await Promise.race([this.#slot.get(), this.#ended.promise]);
    if (this.#inFlight.size === 0) this.#sheet.lap("starting");
    return predictor ?? undefined;
  }

  #predict(batch: ReadyBatch, predictor: PredictorProcess): void {
    if (this.#inFlight.size === 0) this.#sheet.lap(this.#lack);
    this.#inFlight.add(batch);
    const prediction = predictor.predict({
      batchId: batchId(batch.lease.batch),
      items: batch.items,
      timeoutMs: this.#context.job.batchTimeoutSeconds * 1_000,
    });
    const settled = this.#guard(this.#settle(batch, { predictor, prediction })).finally(() => {
      this.#settling.delete(settled);
      this.#inFlight.delete(batch);
      if (this.#inFlight.size === 0) this.#sheet.lap("predicting");
      this.#isAlone = false;
      this.#predictWake.notify();
      this.#wakeFetcher();
      if (this.#inFlight.size === 0 && this.#backlog.size === 0) this.#committer.hurry();
    });
    this.#settling.add(settled);
    this.#wakeFetcher();
  }

  #wakeFetcher(): void {
    if (this.#backlog.room(this.#inFlight.size) > 0) this.#fetchWake.notify();
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
      this.#sheet.took("predict", output.predictMs);
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

  /** The fetcher has found out what the predictor lacks: if it has nothing to do, that is what its time went into. */
  #lacked(phase: Phase): void {
    this.#lack = phase;
    if (this.#inFlight.size === 0 && this.#slot.current) this.#sheet.lap(phase);
  }

  get #phase(): Phase {
    if (this.#inFlight.size > 0) return "predicting";
    return this.#slot.current ? this.#lack : "starting";
  }

  /** Whoever commits last must see that it was the last; in the middle of the work nobody needs to know. */
  async #afterCommit({ progress, hasFailures }: CommittedGroup): Promise<void> {
    if (progress) return this.#learnProgress(progress);
    const isOut = this.#inFlight.size === 0 && this.#backlog.size === 0;
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
