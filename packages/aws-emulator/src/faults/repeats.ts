import type { Members } from "../batch/wire.ts";

/** A message that is to come again. */
export interface Repeat {
  readonly message: Members;
  /** ReceiveMessage of the queue to let pass before. */
  readonly afterReceives: number;
  /** Called when it comes. */
  readonly done: () => void;
}

/** Messages that SQS is to deliver again, by queue. */
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

  /** Those that are due in a ReceiveMessage of a queue, at most `max`; they are forgotten here. */
  take(queue: string, max: number): readonly Repeat[] {
    const waiting = this.#byQueue.get(queue) ?? [];
    const due = waiting.filter(({ left }) => left <= 0).slice(0, max);
    const rest = waiting.filter((one) => !due.includes(one));
    for (const one of rest) one.left--;
    if (rest.length > 0) this.#byQueue.set(queue, rest);
    else this.#byQueue.delete(queue);
    return due.map(({ repeat }) => repeat);
  }

  /** For a receive that came to nothing. */
  giveBack(queue: string, repeats: readonly Repeat[]): void {
    for (const repeat of repeats) this.add(queue, { ...repeat, afterReceives: 0 });
  }
}
