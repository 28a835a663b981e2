/**
 * Sends values one after another; values that arrive while one is being sent are merged into one. A slow client misses
 * intermediate steps but never the last one, and nothing piles up.
 */
export class LatestSender<Value> {
  readonly #send: (value: Value) => Promise<void>;
  readonly #merge: (before: Value, next: Value) => Value;
  #next: Value | undefined;
  #sending: Promise<void> | undefined;

  constructor(
    send: (value: Value) => Promise<void>,
    merge: (before: Value, next: Value) => Value = (_, next) => next,
  ) {
    this.#send = send;
    this.#merge = merge;
  }

  push(value: Value): void {
    this.#next = this.#next === undefined ? value : this.#merge(this.#next, value);
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything has been sent. */
  async drained(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    while (this.#next !== undefined) {
      const value = this.#next;
      this.#next = undefined;
      await this.#send(value);
    }
    this.#sending = undefined;
  }
}
