import { isMillraceError, type MillraceError, waitOut } from "@millrace/core";
import type { PredictOutput, Predictor } from "../predictor-process/mod.ts";
import { type Call, callId, countOf, itemsOf } from "./call.ts";
import type { Parts } from "./parts.ts";
import { outputRows } from "./rows.ts";

/**
 * Passes calls to the predictor, as many as it may hold at once, and settles each one by its result. The predictor
 * starts while the first batches are leased and loaded.
 */
export async function predictLoop(parts: Parts): Promise<void> {
  const { slot, sheet, ending, backlog, inFlight, throttle, predictWake } = parts;
  await ending.orEnd(slot.get());
  sheet.lap("starting");
  if (!ending.end) await sayRunning(parts);
  while (!ending.end) {
    const predictor = slot.current ?? (await nextPredictor(parts));
    if (!predictor || ending.end) return;
    backlog.callAs(predictor.style);
    const window = throttle.window(backlog.window());
    const call = inFlight.isOpen(window) ? backlog.take(inFlight.size === 0) : undefined;
    if (!call) {
      await predictWake.wait();
      continue;
    }
    if (call.batch.suspectAttempts !== undefined && !call.batch.isCharged) {
      // What the worker has finished must not be lost if it crashes.
      await parts.committer.flush();
      await parts.failures.chargeSuspect(call.batch);
      call.batch.isCharged = true;
      inFlight.lacked("writing");
    }
    predict(parts, call, predictor);
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

function predict(parts: Parts, call: Call, predictor: Predictor): void {
  const { ending, backlog, inFlight, committer } = parts;
  const settled = () => {
    inFlight.remove(call);
    parts.predictWake.notify();
    wakeFetcher(parts);
    if (inFlight.size === 0 && backlog.isEmpty) committer.hurry();
  };
  const make = () => ending.guard(settle(parts, call, predictor)).finally(settled);
  // The predictor says where its stages have the call.
  inFlight.add(call, predictor.style.isStaged ? undefined : "predict", make);
  wakeFetcher(parts);
}

async function settle(parts: Parts, call: Call, predictor: Predictor): Promise<void> {
  const { job, worker, backlog, inFlight, sheet, slot, committer } = parts;
  const { lease, items, outcomes } = call.batch;
  const atOnce = predictor.style.inFlight;
  const timeoutMs = job.batchTimeoutSeconds * 1_000;
  try {
    const output = await predictor.predict({
      batchId: callId(call),
      items: itemsOf(call),
      timeoutMs,
      ...(predictor.style.isStaged && { onStage: (stage) => inFlight.moved(call, stage) }),
    });
    const { predictMs, aroundMs } = output;
    backlog.learn(Math.max(predictMs, aroundMs ? paceOfStages(aroundMs, predictor) : 0));
    sheet.took("predict", predictMs);
    if (aroundMs) {
      sheet.took("preprocess", aroundMs.preprocess);
      sheet.took("postprocess", aroundMs.postprocess);
    }
    if (output.mode !== "outcomes") parts.gpuMemory.fitted(countOf(call));
    if (call.positions || outcomes || output.mode === "outcomes") {
      const refusal = await parts.items.answered(call, output);
      pace(parts, atOnce, refusal);
    } else {
      pace(parts, atOnce);
      const rows = outputRows(lease.batch, { items, idsFrom: job.dataset.kind, output });
      committer.add({ lease, commit: { batch: lease.batch, rows, failedItems: 0, predictMs, worker } });
    }
  } catch (error) {
    // A process that has exited is replaced; one that only raised an error continues.
    if (predictor.pid === undefined) slot.discard(predictor);
    await settleFailure(parts, call, { error, atOnce });
  }
}

/** Time for a call if predict were as slow as the slowest stage around it. */
function paceOfStages(
  { preprocess, postprocess }: NonNullable<PredictOutput["aroundMs"]>,
  { style: { concurrency, preprocessWorkers } }: Predictor,
): number {
  return Math.max(preprocess / preprocessWorkers, postprocess) * concurrency;
}

/** Lets the calls in flight follow what the predictor says of their number. */
function pace({ throttle, inFlight }: Parts, atOnce: number, refusal?: MillraceError): void {
  const others = inFlight.size - 1;
  if (!refusal) throttle.answered({ others, atOnce });
  else throttle.refused(refusal.message, { others, atOnce });
}

async function settleFailure(
  parts: Parts,
  call: Call,
  { error, atOnce }: { readonly error: unknown; readonly atOnce: number },
): Promise<void> {
  if (!isMillraceError(error)) return fail(parts, call, error);
  // The pipeline is ending and releases the batch.
  if (error.code === "unavailable") return;
  if (error.code === "retry_later") {
    pace(parts, atOnce, error);
    return parts.items.later(call, error);
  }
  pace(parts, atOnce);
  if (error.code === "predictor_out_of_gpu_memory") {
    const charged = parts.gpuMemory.exceeded(call, error);
    if (charged) await fail(parts, call, charged);
    return;
  }
  const isSuspect = error.details.suspect === true;
  // One that stalls the predictor again when it is alone is to blame.
  if (isSuspect && call.isAlone !== true) parts.backlog.putBack({ ...call, isAlone: true });
  else if (!isSuspect && error.details.guilty === false) parts.backlog.putBack(call);
  else await fail(parts, call, error);
}

async function fail(parts: Parts, call: Call, error: unknown): Promise<void> {
  if (call.positions || call.batch.outcomes) return parts.items.failed(call, error);
  parts.log.failure(callId(call), error);
  await parts.failures.failed(call.batch, error);
}

function wakeFetcher({ backlog, inFlight, fetchWake }: Parts): void {
  if (backlog.room(inFlight.size) > 0) fetchWake.notify();
}
