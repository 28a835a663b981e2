/** Changed names that a warning lists. */
const LISTED = 5;

/** The names of a CSV's columns as its items have them. */
export interface CsvColumns {
  readonly names: readonly string[];
  /** What was changed about the header's names; absent when each was distinct. */
  readonly warning?: string;
}

/**
 * Gives each column a name of its own: one without a name becomes `column_<n>`, counted from 1; when a name comes again it
 * becomes `<name>_2`, `<name>_3`. No column is given a name that the header holds.
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
  /** The number that a name was given last. */
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
