import { BatchReader, type WorkerReport } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import { Backlog } from "./backlog.ts";
import { callId } from "./call.ts";
import { type CommittedGroup, Committer } from "./committer.ts";
import { FailurePolicy } from "./failure-policy.ts";
import { fetchLoop } from "./fetch-loop.ts";
import { Fetcher } from "./fetcher.ts";
import { GpuMemory } from "./gpu-memory.ts";
import { InFlight } from "./in-flight.ts";
import { ItemPolicy } from "./item-policy.ts";
import { JobProgress } from "./job-progress.ts";
import { LeaseBook } from "./lease-book.ts";
import type { Parts } from "./parts.ts";
import { Ending, type PipelineEnd } from "./pipeline-end.ts";
import { predictLoop } from "./predict-loop.ts";
import { Throttle } from "./throttle.ts";
import { Wake } from "./wake.ts";

/** Leases and loads ahead, predicts, commits behind: loops around one predictor, until the first reason to end. */
export class Pipeline {
  readonly #parts: Parts;
  readonly #leases: LeaseBook;

  constructor(context: RunContext) {
    this.#leases = new LeaseBook(context);
    this.#parts = assemble(context, this.#leases);
  }

  /** Runs until there is a reason to end; when it returns, nothing is leased, in flight or unwritten. */
  async run(): Promise<PipelineEnd> {
    const { ending, backlog, inFlight, committer, sheet, slot, logger } = this.#parts;
    const loops = [fetchLoop(this.#parts), predictLoop(this.#parts)];
    await Promise.all(loops.map((loop) => ending.guard(loop)));
    const end = ending.end ?? { kind: "complete" };
    // Batches in flight are finished if the predictor is still needed or the worker was only asked to exit.
    const isNeeded = end.kind === "released" || end.kind === "complete";
    if (!isNeeded && inFlight.size > 0) await slot.kill();
    await inFlight.drained();
    sheet.lap(inFlight.phase);
    await committer.flush().catch((error: unknown) => logger.error("results not written", { error }));
    await this.#leases.releaseAll(backlog.batches().map(({ lease }) => lease));
    sheet.lap("writing");
    return end;
  }

  /** What the worker is doing now, and how it has spent its time. */
  report(): WorkerReport {
    const { inFlight, sheet } = this.#parts;
    return sheet.report(inFlight.phase, inFlight.oldest && callId(inFlight.oldest));
  }

  /** Asks the pipeline to end. */
  end(end: PipelineEnd): void {
    this.#parts.ending.set(end);
  }

  /**
   * Renews the leases. A batch whose lease is lost is dropped, unless it is being predicted: then its commit decides.
   */
  async heartbeat(): Promise<void> {
    for (const receipt of await this.#leases.renew()) this.#parts.backlog.drop(receipt);
  }
}

function assemble(context: RunContext, leases: LeaseBook): Parts {
  const { backend, job } = context;
  const [fetchWake, predictWake] = [new Wake(), new Wake()];
  const ending = new Ending(() => {
    fetchWake.notify();
    predictWake.notify();
  });
  const backlog = new Backlog(job.prefetchBatches);
  const inFlight = new InFlight(context);
  const progress = new JobProgress(context, ending);
  const isOut = () => inFlight.size === 0 && backlog.isEmpty;
  const onCommitted = (group: CommittedGroup) => void ending.guard(progress.committed(group, isOut()));
  const committer = new Committer(context, { leases, ending, onCommitted });
  const failures = new FailurePolicy(context, { leases, ending, committer });
  const source = (id: number) => backend.ledger.batches.source(job.jobId, id);
  const reader = new BatchReader({ objects: backend.objects, source });
  const fetcher = new Fetcher(context, { leases, reader, failures });
  const wake = () => predictWake.notify();
  const gpuMemory = new GpuMemory(context, backlog);
  const items = new ItemPolicy(context, { backlog, committer, failures, gpuMemory, leases, reader, wake });
  const throttle = new Throttle(context);
  const loops = {
    fetcher,
    committer,
    failures,
    gpuMemory,
    items,
    throttle,
    progress,
    fetchWake,
    predictWake,
  };
  return { ...context, ending, backlog, inFlight, ...loops };
}
