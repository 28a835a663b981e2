import type { JobSummary, JobsEvent } from "@millrace/core/rest";
import { listJobs } from "../api.ts";
import { type JobFilters, streamQuery } from "../job-filters.ts";
import { appendPage, EMPTY_LIST, type JobList, mergeJobs } from "./job-list.ts";
import { followStream } from "./live-stream.ts";
import { Store } from "./store.ts";

export interface JobListView {
  readonly list: JobList;
  readonly isLoading: boolean;
  readonly error: unknown;
}

const PAGE = 50;
/** The service's limit for one response. */
const LARGEST_PAGE = 1_000;
/** After this, load the list without a stream: a list that is not live is better than none. */
const WITHOUT_STREAM_MS = 1_000;

/** The jobs that match some filters, kept up to date by events. */
export class JobListStore extends Store<JobListView> {
  readonly #filters: JobFilters;
  readonly #stopped = new AbortController();
  #unfollow: (() => void) | undefined;
  #fallback: ReturnType<typeof setTimeout> | undefined;
  /** Jobs received since the pending page was requested, which may not contain them. */
  #told: JobSummary[] = [];

  constructor(filters: JobFilters) {
    super({ list: EMPTY_LIST, isLoading: true, error: undefined });
    this.#filters = filters;
  }

  start(): void {
    const query = streamQuery(this.#filters);
    this.#unfollow = followStream(query === "" ? "/jobs/events" : `/jobs/events?${query}`, {
      on: { jobs: (data) => this.#merge((data as JobsEvent).jobs) },
      // Load after the stream has opened, so that no change is missed in between.
      onOpen: () => void this.reload(),
    });
    this.#fallback = setTimeout(() => void this.reload(), WITHOUT_STREAM_MS);
  }

  stop(): void {
    clearTimeout(this.#fallback);
    this.#stopped.abort();
    this.#unfollow?.();
  }

  /** Loads everything that is shown again. */
  reload(): Promise<void> {
    clearTimeout(this.#fallback);
    const limit = Math.min(LARGEST_PAGE, Math.max(PAGE, this.get().list.jobs.length));
    return this.#load(EMPTY_LIST, limit);
  }

  older(): Promise<void> {
    return this.#load(this.get().list, PAGE);
  }

  async #load(onto: JobList, limit: number): Promise<void> {
    const { signal } = this.#stopped;
    this.#told = [];
    this.set({ ...this.get(), isLoading: true });
    try {
      const cursor = onto.cursor ?? undefined;
      const page = await listJobs(this.#filters, { cursor, limit, signal });
      const base = onto === EMPTY_LIST ? EMPTY_LIST : this.get().list;
      const list = mergeJobs(appendPage(base, page), this.#told, this.#filters);
      this.set({ list, isLoading: false, error: undefined });
    } catch (error) {
      if (!signal.aborted) this.set({ ...this.get(), isLoading: false, error });
    }
  }

  #merge(jobs: readonly JobSummary[]): void {
    this.#told.push(...jobs);
    const view = this.get();
    this.set({ ...view, list: mergeJobs(view.list, jobs, this.#filters) });
  }
}
