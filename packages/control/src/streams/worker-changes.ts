import type { WorkerView } from "@millrace/core";

/** Tells which workers are new or changed, so that a job's thousands need not be sent again and again. */
export class WorkerChanges {
  readonly #seen = new Map<number, { readonly view: WorkerView; readonly text: string }>();
  #changed: WorkerView[] = [];

  /** Takes note of how the workers are now. */
  see(workers: readonly WorkerView[]): void {
    for (const view of workers) {
      const text = JSON.stringify(view);
      if (this.#seen.get(view.worker)?.text === text) continue;
      this.#seen.set(view.worker, { view, text });
      this.#changed.push(view);
    }
  }

  /** Those that changed since it was asked last. */
  take(): readonly WorkerView[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }

  /** All, as they were last seen. */
  get all(): readonly WorkerView[] {
    return [...this.#seen.values()].map(({ view }) => view);
  }
}
