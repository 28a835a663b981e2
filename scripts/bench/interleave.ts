/** One of the compared systems. */
export interface Side {
  readonly name: string;
  /** Measures one round; returns a value for each line that it takes part in, by the case's own name for it. */
  measure(round: number): Promise<Readonly<Record<string, number>>>;
}

/** A side's measurements, round by round, or why it failed. */
export type Outcome =
  | { readonly rounds: readonly Readonly<Record<string, number>>[] }
  | { readonly failed: string };

/**
 * Runs every side in each round, so that changes in the machine's speed affect all sides. Each round starts with
 * another side. A side that fails is dropped and the others continue: a peer may not run on this machine.
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

/** The values of one line. @throws {Error} when the side failed: for sides without which there is nothing to compare */
export function valuesOf(outcome: Outcome | undefined, line: string): readonly number[] {
  if (outcome === undefined || "failed" in outcome)
    throw new Error(`Cannot measure "${line}": ${outcome ? outcome.failed : "no such side"}`);
  return outcome.rounds.map((values) => {
    const value = values[line];
    if (value === undefined) throw new Error(`Cannot measure "${line}": it has no value in a round`);
    return value;
  });
}
