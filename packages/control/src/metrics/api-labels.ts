/** Each API has about 30 series; more names would make a scrape weigh megabytes. */
const MAX_NAMES = 100;
const OTHER = "other";

/** Values of the label `api`: the first names that are asked for, and "other" for all that come later. */
export class ApiLabels {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max: number = MAX_NAMES) {
    this.#max = max;
  }

  of(apiName: string): string {
    if (this.#names.has(apiName)) return apiName;
    if (this.#names.size >= this.#max) return OTHER;
    this.#names.add(apiName);
    return apiName;
  }
}
