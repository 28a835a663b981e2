import type { JobEvent, JobStatusResponse, WorkersEvent } from "@millrace/core/rest";
import { type JobAddress, jobPath, service } from "../api.ts";
import { isOver } from "../text/statuses.ts";
import { applyProgress, applyWorkers, type JobState, jobState } from "./job-state.ts";
import { followStream } from "./live-stream.ts";
import { Store } from "./store.ts";

/** Undefined until the service has answered; then the job, or the error. */
export type JobView = { readonly job: JobState } | { readonly error: unknown } | undefined;

/** One job, kept up to date by its events. */
export class JobStore extends Store<JobView> {
  readonly address: JobAddress;
  readonly #stopped = new AbortController();
  #unfollow: (() => void) | undefined;

  constructor(address: JobAddress) {
    super(undefined);
    this.address = address;
  }

  async start(): Promise<void> {
    await this.refresh();
    const view = this.get();
    if (this.#stopped.signal.aborted || view === undefined || "error" in view) return;
    if (isOver(view.job.status.job_status.status)) return;
    this.#unfollow = followStream(`${jobPath(this.address)}/events?workers=true`, {
      glances: true,
      last: "end",
      on: {
        progress: (data) => this.#progress(data as JobEvent),
        workers: (data) => this.#update((job) => applyWorkers(job, data as WorkersEvent)),
        end: (data) => this.#progress(data as JobEvent),
      },
    });
  }

  stop(): void {
    this.#stopped.abort();
    this.#unfollow?.();
  }

  /** Loads the whole status: needed after changes that events do not contain, such as the end time. */
  async refresh(): Promise<void> {
    const { endpoint, jobId } = this.address;
    const { signal } = this.#stopped;
    try {
      const status: JobStatusResponse = await service.job(endpoint, jobId, { signal });
      const before = this.get();
      this.set({ job: jobState(status, before && "job" in before ? before.job : undefined) });
    } catch (error) {
      if (!signal.aborted && this.get() === undefined) this.set({ error });
    }
  }

  #progress(event: JobEvent): void {
    const before = this.get();
    this.#update((job) => applyProgress(job, event));
    const known = before && "job" in before ? before.job.status.job_status.status : undefined;
    if (known !== event.status) void this.refresh();
  }

  #update(change: (job: JobState) => JobState): void {
    const view = this.get();
    if (view && "job" in view) this.set({ job: change(view.job) });
  }
}
