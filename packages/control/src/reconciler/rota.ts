/** Ticks in which everybody had a turn: half a minute. */
const TICKS = 60;

/** Gives each of many a turn now and then, a few at a time, whatever the events said that should have woken them. */
export class Rota {
  readonly #list: () => Promise<readonly string[]>;
  #line: string[] = [];
  #atOnce = 0;

  constructor(list: () => Promise<readonly string[]>) {
    this.#list = list;
  }

  /** Those whose turn it is; the first time all of them. */
  async next(): Promise<readonly string[]> {
    const isFirst = this.#atOnce === 0;
    if (this.#line.length === 0) {
      this.#line = [...(await this.#list())];
      this.#atOnce = Math.max(1, Math.ceil(this.#line.length / TICKS));
    }
    return this.#line.splice(0, isFirst ? this.#line.length : this.#atOnce);
  }
}
