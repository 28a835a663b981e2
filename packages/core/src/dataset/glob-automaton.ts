/** Says whether a step accepts a character, given as one code point. */
export type Test = (char: string) => boolean;

/** A position in the pattern, before a character or after the last. */
interface Place {
  /** The characters that lead to `next`. */
  test?: Test;
  /** Places reached without consuming a character. */
  next: number[];
  /** `next` is reached only at the start of a name. */
  nameStart?: true;
}

/** The set of places that a match may have reached after some characters: computed once, then looked up. */
interface State {
  /** Those that consume a character. */
  readonly places: readonly number[];
  readonly isMatch: boolean;
  /** By code point. A sparse array is a table for ASCII and a map for everything else. */
  after: State[];
}

/**
 * Number of cached steps between states; a glob with many stars may have as many states as there are sets of its
 * places.
 */
const MAX_STEPS = 20_000;

/**
 * Matches whole texts in linear time: it follows all paths through the pattern at once (Thompson, "Regular expression
 * search algorithm", 1968) and caches the sets of places it has seen.
 */
export class Automaton {
  readonly #places: Place[] = [{ next: [] }];
  readonly #states = new Map<string, State>();
  #steps = 0;
  #first: State | undefined;
  /** The place where a match is complete. */
  readonly end = 0;
  /** The place where a match begins. */
  start = 0;

  /** Adds a place that consumes one character. */
  addStep(test: Test, next: number): number {
    return this.#add({ test, next: [next] });
  }

  /** Adds a place that consumes any number of characters. */
  addLoop(test: Test, next: number): number {
    const fork: Place = { next: [next] };
    const place = this.#add(fork);
    fork.next.push(this.addStep(test, place));
    return place;
  }

  /** Adds a place that leads to each of several others. */
  addFork(next: number[]): number {
    return this.#add({ next });
  }

  /** Adds a place that continues only at the start of the text and after a slash. */
  addNameStart(next: number): number {
    return this.#add({ next: [next], nameStart: true });
  }

  matches(text: string): boolean {
    return this.#after(text).isMatch;
  }

  /** True when this text, or some longer one that starts with it, may match. */
  begins(text: string): boolean {
    return this.#after(text).places.length > 0;
  }

  #after(text: string): State {
    this.#first ??= this.#stateOf([this.start], true);
    let state = this.#first;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.codePointAt(i) as number;
      state = state.after[code] ?? this.#follow(state, code);
      if (code > 0xffff) i += 1;
    }
    return state;
  }

  #add(place: Place): number {
    return this.#places.push(place) - 1;
  }

  #follow(state: State, code: number): State {
    if (this.#steps >= MAX_STEPS) this.#forget();
    const char = String.fromCodePoint(code);
    const reached = state.places.flatMap((at) => {
      const { test, next } = this.#places[at] as Place;
      return test?.(char) ? next : [];
    });
    const after = this.#stateOf(reached, char === "/");
    state.after[code] = after;
    this.#steps += 1;
    return after;
  }

  #stateOf(reached: readonly number[], isNameStart: boolean): State {
    const places = this.#closure(reached, isNameStart);
    const key = places.join();
    const known = this.#states.get(key);
    if (known) return known;
    const steps = places.filter((at) => this.#places[at]?.test);
    const state: State = { places: steps, isMatch: places[0] === this.end, after: [] };
    this.#states.set(key, state);
    return state;
  }

  /** The current state stays usable; it is only no longer in the cache. */
  #forget(): void {
    for (const state of this.#states.values()) state.after = [];
    this.#states.clear();
    this.#steps = 0;
    this.#first = undefined;
  }

  /** All places reachable without consuming another character, in order. */
  #closure(reached: readonly number[], isNameStart: boolean): readonly number[] {
    const seen = new Set<number>();
    const ahead = [...reached];
    for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const { test, next, nameStart } = this.#places[at] as Place;
      if (!test && (!nameStart || isNameStart)) ahead.push(...next);
    }
    return [...seen].sort((a, b) => a - b);
  }
}
