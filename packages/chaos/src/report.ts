import type { FaultKind } from "./faults/all.ts";
import type { Injection } from "./injector.ts";

/** How often each kind was injected, most frequent first. */
function countKinds(injections: readonly Injection[]): readonly (readonly [FaultKind, number])[] {
  const counts = new Map<FaultKind, number>();
  for (const { kind } of injections) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Such as `kill-worker 3, clock-back`. */
export function describeKinds(injections: readonly Injection[]): string {
  const kinds = countKinds(injections).map(([kind, count]) => (count > 1 ? `${kind} ${count}` : kind));
  return kinds.join(", ") || "none";
}
