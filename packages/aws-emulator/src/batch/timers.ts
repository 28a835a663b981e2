/** All timers of the fake: once stopped, none of them fires. */
export class Timers {
  #stopped = false;
  readonly #pending = new Set<NodeJS.Timeout>();

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Calls back once; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void {
    if (this.#stopped) return () => {};
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      callback();
    }, delayMs);
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  /** Never settles if the timers are stopped: whatever awaits it is over. */
  delay(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
