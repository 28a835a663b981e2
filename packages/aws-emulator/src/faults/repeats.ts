import type { Members } from "../batch/wire.ts";

/** A message to be delivered again. */
export interface Repeat {
  readonly message: Members;
  /** How many ReceiveMessage calls of the queue to skip first. */
  readonly afterReceives: number;
  /** Called on delivery. */
  readonly done: () => void;
}

/** Messages that SQS will deliver again, by queue. */
export class Repeats {
  readonly #byQueue = new Map<string, { readonly repeat: Repeat; left: number }[]>();

  get isEmpty(): boolean {
    return this.#byQueue.size === 0;
  }

  add(queue: string, repeat: Repeat): void {
    const waiting = this.#byQueue.get(queue) ?? [];
    waiting.push({ repeat, left: repeat.afterReceives });
    this.#byQueue.set(queue, waiting);
  }

  /** Removes and returns those due in a ReceiveMessage of a queue, at most `max`. */
  take(queue: string, max: number): readonly Repeat[] {
    const waiting = this.#byQueue.get(queue) ?? [];
    const due = waiting.filter(({ left }) => left <= 0).slice(0, max);
    const rest = waiting.filter((one) => !due.includes(one));
    for (const one of rest) one.left--;
    if (rest.length > 0) this.#byQueue.set(queue, rest);
    else this.#byQueue.delete(queue);
    return due.map(({ repeat }) => repeat);
  }

  /** Returns repeats after a failed receive. */
  giveBack(queue: string, repeats: readonly Repeat[]): void {
    for (const repeat of repeats) this.add(queue, { ...repeat, afterReceives: 0 });
  }
}
