/**
 * Sends values one after the other; while one is being sent, those that come are merged into one. So a client that
 * reads slowly misses steps in between, never the last one, and nothing piles up.
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

  /** Resolves when everything was sent. */
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
