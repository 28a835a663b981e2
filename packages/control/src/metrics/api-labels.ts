/** Each API has about 30 series; more names would make a scrape megabytes large. */
const MAX_NAMES = 100;
const OTHER = "other";

/** Values of the label `api`: the first names requested, and "other" for all later ones. */
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
