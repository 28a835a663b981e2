/**
 * The known name that `name` most likely stands for, or undefined when none is close.
 *
 * Case, `-` and `_` are ignored; beyond that, up to a third of the letters may be wrong, missing, extra or swapped.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  // Longer than any field: not a typo, and not worth a quadratic comparison.
  if (name.length > 64) return undefined;
  const wanted = normalized(name);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(wanted, normalized(candidate));
    const allowed = Math.max(1, Math.floor(Math.min(wanted.length, candidate.length) / 3));
    if (distance <= allowed && (best === undefined || distance < best.distance)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, "");
}

/**
 * Optimal string alignment distance: insert, delete, replace, swap neighbours.
 * https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replace = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replace, swap, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
