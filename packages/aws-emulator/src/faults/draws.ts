import { createHash } from "node:crypto";
import type { Target } from "./service.ts";

/** The next number of a sequence, 0 <= n < 1. */
export type Draw = () => number;

/**
 * Sequences of random numbers from a seed. The n-th request of an operation always gets the same sequence, regardless
 * of requests of other operations and the order of answers.
 */
export class Draws {
  readonly #seed: number;
  readonly #counts = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  next({ service, operation }: Target): Draw {
    const name = `${service}.${operation}`;
    const request = this.#counts.get(name) ?? 0;
    this.#counts.set(name, request + 1);
    let position = 0;
    return () => {
      const text = `${this.#seed} ${name} ${request} ${position++}`;
      return createHash("sha256").update(text).digest().readUInt32BE() / 2 ** 32;
    };
  }
}

/** A random index into a list of `length`. */
export function drawIndex(draw: Draw, length: number): number {
  return Math.floor(draw() * length);
}

/** The items in another order; never the original one, if there is another. */
export function shuffled<T>(items: readonly T[], draw: Draw): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = drawIndex(draw, last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  const isSame = result.every((item, index) => item === items[index]);
  return isSame ? [...result.slice(1), ...result.slice(0, 1)] : result;
}
