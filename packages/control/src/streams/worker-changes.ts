import type { WorkerView } from "@millrace/core";

/** Tracks which workers are new or changed, so that a job's thousands of workers need not be sent again and again. */
export class WorkerChanges {
  readonly #seen = new Map<number, { readonly view: WorkerView; readonly text: string }>();
  #changed: WorkerView[] = [];

  /** Records the current state of the workers. */
  see(workers: readonly WorkerView[]): void {
    for (const view of workers) {
      const text = JSON.stringify(view);
      if (this.#seen.get(view.worker)?.text === text) continue;
      this.#seen.set(view.worker, { view, text });
      this.#changed.push(view);
    }
  }

  /** Workers that changed since the last call. */
  take(): readonly WorkerView[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }

  /** All workers, as last seen. */
  get all(): readonly WorkerView[] {
    return [...this.#seen.values()].map(({ view }) => view);
  }
}
