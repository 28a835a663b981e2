/** Runs tasks with the same key one after another, and tasks with different keys concurrently. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `task` when all earlier tasks of `key` have settled. If one of them failed, only its own caller is told. */
  async run<Value>(key: string, task: () => Promise<Value>): Promise<Value> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(task, task);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }

  /** Resolves when every task that was started before this call has settled. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
