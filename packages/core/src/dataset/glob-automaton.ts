/** Says whether a character, as one code point, is one that a step takes. */
export type Test = (char: string) => boolean;

/** A place in the pattern, before a character is taken or after the last. */
interface Place {
  /** The characters that lead on to `next`. */
  test?: Test;
  /** Places that are reached without a character. */
  next: number[];
  /** Its `next` is reached only where a name begins. */
  nameStart?: true;
}

/** The places where a match may be after the same characters: known once, looked up from then on. */
interface State {
  /** Those that take a character. */
  readonly places: readonly number[];
  readonly isMatch: boolean;
  /** By code point: a sparse array of them all is a table for those of ASCII, and a map for the others. */
  after: State[];
}

/** Steps between states that are kept; a glob of many stars may have as many states as there are sets of its places. */
const MAX_STEPS = 20_000;

/**
 * Matches whole texts in time in proportion to their length: it follows all ways through the pattern at once (Thompson,
 * "Regular expression search algorithm", 1968), and remembers the sets of places that it has seen.
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

  /** A place that leads on with one character. */
  addStep(test: Test, next: number): number {
    return this.#add({ test, next: [next] });
  }

  /** A place that leads on with any number of characters. */
  addLoop(test: Test, next: number): number {
    const fork: Place = { next: [next] };
    const place = this.#add(fork);
    fork.next.push(this.addStep(test, place));
    return place;
  }

  /** A place that leads on to each of several. */
  addFork(next: number[]): number {
    return this.#add({ next });
  }

  /** A place that leads on at the text's beginning and after a slash. */
  addNameStart(next: number): number {
    return this.#add({ next: [next], nameStart: true });
  }

  matches(text: string): boolean {
    return this.#after(text).isMatch;
  }

  /** True when some longer text that begins with this one matches. */
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

  /** The state in use stays usable; it is merely found no more. */
  #forget(): void {
    for (const state of this.#states.values()) state.after = [];
    this.#states.clear();
    this.#steps = 0;
    this.#first = undefined;
  }

  /** All places that are reached without another character, in order. */
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
