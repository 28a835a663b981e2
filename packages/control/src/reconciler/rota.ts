/** Number of ticks in which everyone gets a turn: half a minute. */
const TICKS = 60;

/**
 * Gives each of many jobs a turn occasionally, a few at a time, in case an event that should have woken it was lost.
 */
export class Rota {
  readonly #list: () => Promise<readonly string[]>;
  #line: string[] = [];
  #atOnce = 0;

  constructor(list: () => Promise<readonly string[]>) {
    this.#list = list;
  }

  /** Those whose turn it is; the first call returns all. */
  async next(): Promise<readonly string[]> {
    const isFirst = this.#atOnce === 0;
    if (this.#line.length === 0) {
      this.#line = [...(await this.#list())];
      this.#atOnce = Math.max(1, Math.ceil(this.#line.length / TICKS));
    }
    return this.#line.splice(0, isFirst ? this.#line.length : this.#atOnce);
  }
}
