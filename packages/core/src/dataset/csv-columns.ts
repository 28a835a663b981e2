/** Number of renamed columns that a warning lists. */
const LISTED = 5;

/** The column names of a CSV as its items use them. */
export interface CsvColumns {
  readonly names: readonly string[];
  /** Which names were changed; absent when all were distinct. */
  readonly warning?: string;
}

/**
 * Gives each column a unique name: an empty name becomes `column_<n>`, counted from 1; a repeated name becomes
 * `<name>_2`, `<name>_3`. A generated name is never one that is already in the header.
 */
export function nameColumns(header: readonly string[]): CsvColumns {
  const free = new FreeNames(header);
  const seen = new Set<string>();
  const changes: string[] = [];
  const names = header.map((name, i) => {
    const hasName = name.trim() !== "";
    if (hasName && !seen.has(name)) {
      seen.add(name);
      return name;
    }
    const given = hasName ? free.numbered(name) : free.take(`column_${i + 1}`);
    const problem = hasName ? `is another "${name}"` : "has no name";
    changes.push(`column ${i + 1} ${problem}, it is read as "${given}"`);
    return given;
  });
  if (changes.length === 0) return { names };
  const more = changes.length - LISTED;
  const warning = changes.slice(0, LISTED).join("; ") + (more > 0 ? `; and ${more} more such columns` : "");
  return { names, warning };
}

class FreeNames {
  readonly #taken: Set<string>;
  /** The last number given to a name. */
  readonly #numbers = new Map<string, number>();

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  take(name: string): string {
    if (this.#taken.has(name)) return this.numbered(name);
    this.#taken.add(name);
    return name;
  }

  numbered(base: string): string {
    let number = (this.#numbers.get(base) ?? 1) + 1;
    while (this.#taken.has(`${base}_${number}`)) number += 1;
    this.#numbers.set(base, number);
    return this.take(`${base}_${number}`);
  }
}
