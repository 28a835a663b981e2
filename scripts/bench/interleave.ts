/** One of those that are compared. */
export interface Side {
  readonly name: string;
  /** One round; a value for each line that it has a part in, by a name of the case's own. */
  measure(round: number): Promise<Readonly<Record<string, number>>>;
}

/** What a side measured, round by round, or why it could not. */
export type Outcome =
  | { readonly rounds: readonly Readonly<Record<string, number>>[] }
  | { readonly failed: string };

/**
 * Lets each side have its turn in each round, so that a machine whose speed changes changes all. Every round begins with
 * another one. A side that fails is out, and the others go on: a peer may not run on this machine.
 */
export async function interleave(sides: readonly Side[], rounds: number): Promise<Map<string, Outcome>> {
  const measured = sides.map(() => [] as Readonly<Record<string, number>>[]);
  const failed = new Map<Side, string>();
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const at = (round + turn) % sides.length;
      const side = sides[at] as Side;
      if (failed.has(side)) continue;
      try {
        measured[at]?.push(await side.measure(round));
      } catch (error) {
        failed.set(side, error instanceof Error ? error.message : String(error));
      }
    }
  }
  return new Map(
    sides.map((side, at) => {
      const reason = failed.get(side);
      return [side.name, reason === undefined ? { rounds: measured[at] ?? [] } : { failed: reason }];
    }),
  );
}

/** The values of one line. @throws {Error} when the side failed: for a side without which there is nothing to compare */
export function valuesOf(outcome: Outcome | undefined, line: string): readonly number[] {
  if (outcome === undefined || "failed" in outcome)
    throw new Error(`Cannot measure "${line}": ${outcome ? outcome.failed : "no such side"}`);
  return outcome.rounds.map((values) => {
    const value = values[line];
    if (value === undefined) throw new Error(`Cannot measure "${line}": it has no value in a round`);
    return value;
  });
}
