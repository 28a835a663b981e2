import { batchId, isMillraceError, waitOut } from "@millrace/core";
import type { Predictor } from "../predictor-process/mod.ts";
import type { ReadyBatch } from "./backlog.ts";
import type { Parts } from "./parts.ts";
import { outputRows } from "./rows.ts";

/**
 * Passes batches to the predictor, as many as it may hold at once, and settles each one by its result. The predictor
 * starts while the first batches are leased and loaded.
 */
export async function predictLoop(parts: Parts): Promise<void> {
  const { slot, sheet, ending, backlog, inFlight, predictWake } = parts;
  await ending.orEnd(slot.get());
  sheet.lap("starting");
  if (!ending.end) await sayRunning(parts);
  while (!ending.end) {
    const predictor = slot.current ?? (await nextPredictor(parts));
    if (!predictor || ending.end) return;
    const batch = inFlight.isOpen(backlog.window()) ? backlog.take(inFlight.size === 0) : undefined;
    if (!batch) {
      await predictWake.wait();
      continue;
    }
    if (batch.suspectAttempts !== undefined) {
      // What the worker has finished must not be lost if it crashes.
      await parts.committer.flush();
      await parts.failures.chargeSuspect(batch);
      inFlight.lacked("writing");
    }
    predict(parts, batch, predictor);
  }
}

async function sayRunning({ backend, job, worker, logger, inFlight, sheet }: Parts): Promise<void> {
  const running = () =>
    backend.ledger.workers.update(job.jobId, worker, {
      status: "running",
      heartbeatAtMs: Date.now(),
      report: sheet.report(inFlight.phase),
    });
  await waitOut(running, { logger });
}

/** The replacement for a predictor that died. */
async function nextPredictor({ slot, sheet, ending, inFlight }: Parts): Promise<Predictor | undefined> {
  const predictor = await ending.orEnd(slot.get());
  if (inFlight.size === 0) sheet.lap("starting");
  return predictor;
}

function predict(parts: Parts, batch: ReadyBatch, predictor: Predictor): void {
  const { ending, backlog, inFlight, committer } = parts;
  const settled = ending.guard(settle(parts, batch, predictor)).finally(() => {
    inFlight.remove(batch);
    parts.predictWake.notify();
    wakeFetcher(parts);
    if (inFlight.size === 0 && backlog.size === 0) committer.hurry();
  });
  inFlight.add(batch, settled);
  wakeFetcher(parts);
}

async function settle(parts: Parts, batch: ReadyBatch, predictor: Predictor): Promise<void> {
  const { job, worker, backlog, sheet, slot, committer } = parts;
  const { lease, items } = batch;
  const timeoutMs = job.batchTimeoutSeconds * 1_000;
  try {
    const output = await predictor.predict({ batchId: batchId(lease.batch), items, timeoutMs });
    const rows = outputRows(lease.batch, { items, idsFrom: job.dataset.kind, output });
    const { predictMs } = output;
    backlog.learn(predictMs);
    sheet.took("predict", predictMs);
    committer.add({ lease, commit: { batch: lease.batch, rows, failedItems: 0, predictMs, worker } });
  } catch (error) {
    // A process that has exited is replaced; one that only raised an error continues.
    if (predictor.pid === undefined) await slot.discard(predictor);
    await settleFailure(parts, batch, error);
  }
}

async function settleFailure(parts: Parts, batch: ReadyBatch, error: unknown): Promise<void> {
  // The pipeline is ending and releases the batch.
  if (isMillraceError(error, "unavailable")) return;
  if (isMillraceError(error) && error.details.guilty === false) {
    parts.backlog.putBack(batch);
    return;
  }
  parts.log.failure(batchId(batch.lease.batch), error);
  await parts.failures.failed(batch, error);
}

function wakeFetcher({ backlog, inFlight, fetchWake }: Parts): void {
  if (backlog.room(inFlight.size) > 0) fetchWake.notify();
}
