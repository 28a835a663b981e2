import type { TaskKind } from "./messages.ts";

interface Task {
  readonly kind: TaskKind;
  readonly jobId: string;
  readonly done: Promise<void>;
  readonly settle: (error?: unknown) => void;
  running: boolean;
  /** How often the thread crashed while this task was running. */
  deaths: number;
}

/** The enqueuer's tasks, by job. Tasks that were running in a crashed thread run alone until the cause is found. */
export class TaskQueue {
  readonly #maxRunning: number;
  readonly #tasks = new Map<string, Task>();

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  has(kind: TaskKind, jobId: string): boolean {
    return this.#tasks.has(keyOf(kind, jobId));
  }

  /** Adds a task, or finds the existing one; the promise settles when the task is over. */
  add(kind: TaskKind, jobId: string): Promise<void> {
    const found = this.#tasks.get(keyOf(kind, jobId));
    if (found) return found.done;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Nobody may be waiting; avoid an unhandled rejection.
    promise.catch(() => {});
    const settle = (error?: unknown) => (error === undefined ? resolve() : reject(error));
    this.#tasks.set(keyOf(kind, jobId), { kind, jobId, done: promise, settle, running: false, deaths: 0 });
    return promise;
  }

  /** Marks the tasks that may start now as running and returns them. */
  takeRunnable(): readonly { readonly kind: TaskKind; readonly jobId: string }[] {
    const all = [...this.#tasks.values()];
    const running = all.filter((task) => task.running);
    const waiting = all.filter((task) => !task.running);
    if (running.some((task) => task.deaths > 0)) return [];
    const suspect = waiting.find((task) => task.deaths > 0);
    const room = suspect ? Math.max(0, 1 - running.length) : this.#maxRunning - running.length;
    const taken = (suspect ? [suspect] : waiting).slice(0, Math.max(0, room));
    for (const task of taken) task.running = true;
    return taken;
  }

  /** Ends a task; `error` is passed to its waiters. */
  finish(kind: TaskKind, jobId: string, error?: unknown): void {
    const key = keyOf(kind, jobId);
    this.#tasks.get(key)?.settle(error);
    this.#tasks.delete(key);
  }

  /** Drops a task that is not running. */
  dropWaiting(kind: TaskKind, jobId: string): void {
    if (this.#tasks.get(keyOf(kind, jobId))?.running === false) this.finish(kind, jobId);
  }

  /** The thread crashed: increments the count of every running task and makes it wait again. */
  chargeRunning(): readonly { readonly kind: TaskKind; readonly jobId: string; readonly deaths: number }[] {
    const charged = [...this.#tasks.values()].filter((task) => task.running);
    for (const task of charged) {
      task.running = false;
      task.deaths += 1;
    }
    return charged;
  }

  rejectAll(error: unknown): void {
    for (const task of this.#tasks.values()) task.settle(error);
    this.#tasks.clear();
  }
}

function keyOf(kind: TaskKind, jobId: string): string {
  return `${kind}/${jobId}`;
}
