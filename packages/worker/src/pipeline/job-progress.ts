import { isComplete, isTerminal, type Progress, waitOut } from "@millrace/core";
import type { RunContext } from "../context/worker-context.ts";
import type { CommittedGroup } from "./committer.ts";
import type { Ending } from "./pipeline-end.ts";

/** Reads the job's progress and ends the pipeline when the job is complete, over, or fails too much. */
export class JobProgress {
  readonly #context: RunContext;
  readonly #ending: Ending;

  constructor(context: RunContext, ending: Ending) {
    this.#context = context;
    this.#ending = ending;
  }

  /**
   * The worker that commits last must notice that it was the last; in the middle of a job, progress need not be
   * checked.
   */
  async committed({ progress, hasFailures }: CommittedGroup, isOut: boolean): Promise<void> {
    if (progress) return this.#learn(progress);
    const mayBeTooMany = hasFailures && this.#context.job.maxFailedItems !== undefined;
    if (!this.#ending.end && (isOut || mayBeTooMany)) await this.look(0);
  }

  /** Checks progress that is at most `maxAgeMs` old. */
  async look(maxAgeMs: number): Promise<void> {
    const { backend, job } = this.#context;
    const progress = () => backend.ledger.batches.progress(job.jobId, { maxAgeMs });
    this.#learn(await waitOut(progress, this.#context));
  }

  #learn(progress: Progress): void {
    const { maxFailedItems } = this.#context.job;
    if (isTerminal(progress.status)) this.#ending.set({ kind: "job_over" });
    else if (maxFailedItems !== undefined && progress.failedItems > maxFailedItems) {
      const message = `Stopped early: ${progress.failedItems} items failed, more than max_failed_items (${maxFailedItems}) allows`;
      this.#ending.set({ kind: "broken", reason: { code: "too_many_failures", message } });
    } else if (isComplete(progress)) this.#ending.set({ kind: "complete" });
  }
}
