import { Automaton, type Test } from "./glob-automaton.ts";

/** What starts a glob; anything else is a raw prefix. */
const GLOB_START = /[*?{[]/;
/** Paths have at most 4,096 characters. */
const MAX_CHARACTERS = 10_000;
/** Limit on nested braces. */
const MAX_DEPTH = 50;

const any: Test = () => true;
const inName: Test = (char) => char !== "/";
const slash: Test = (char) => char === "/";

/** Says whether a path or URI matches. */
export interface GlobMatch {
  (path: string): boolean;
  /** Whether anything that starts with this path can match. */
  readonly begins: (path: string) => boolean;
}

/** True when `path` contains glob characters. */
export function hasGlob(path: string): boolean {
  return GLOB_START.test(path);
}

/** The part of a glob before its first glob character: a raw prefix of everything it can match. */
export function globBase(glob: string): string {
  const end = glob.search(/[\\*?{[]/);
  return end < 0 ? glob : glob.slice(0, end);
}

/**
 * Compiles a glob over a full path or URI: `*` and `?` stop at `/`, `**` does not (also inside a name, as in `**.jpg`),
 * `[a-z]`, `[!a]`, `{a,b}`, `\` escapes the next character. Everything else is literal, including dots and the brackets
 * of extended globs; these are Cortex's rules. picomatch is not used because it treats `img**` as `img*`. Matching time
 * is linear in the path, however many stars the glob has; with a regular expression it would not be.
 *
 * @throws {SyntaxError} with a message that says what is wrong with the glob
 */
export function compileGlob(glob: string): GlobMatch {
  if (glob === "") throw new SyntaxError("it is empty");
  if (glob.length > MAX_CHARACTERS)
    throw new SyntaxError(`it has ${glob.length} characters, expected at most ${MAX_CHARACTERS}`);
  const { parts, next } = readParts(glob, 0, 0);
  if (next < glob.length) throw new SyntaxError('"}" without "{"; write "\\}" for the character itself');
  const automaton = new Automaton();
  automaton.start = addParts(automaton, parts, automaton.end);
  return Object.assign((path: string) => automaton.matches(path), {
    begins: (path: string) => automaton.begins(path),
  });
}

type Part =
  | { readonly kind: "one"; readonly test: Test }
  | { readonly kind: "many"; readonly test: Test }
  /** `**` and a slash: any number of folders, including none at the start of a name. */
  | { readonly kind: "folders" }
  | { readonly kind: "choice"; readonly choices: readonly (readonly Part[])[] };

interface Read<T> {
  readonly part: T;
  /** Where the rest of the glob starts. */
  readonly next: number;
}

/** Reads to the end, or to the delimiter that ends an alternative in braces. */
function readParts(glob: string, from: number, depth: number): { parts: Part[]; next: number } {
  const parts: Part[] = [];
  let next = from;
  while (next < glob.length) {
    const char = glob[next];
    if (char === "}" || (char === "," && depth > 0)) break;
    const read = char === "{" ? readChoice(glob, next, depth + 1) : readPart(glob, next);
    parts.push(read.part);
    next = read.next;
  }
  return { parts, next };
}

function readChoice(glob: string, from: number, depth: number): Read<Part> {
  if (depth > MAX_DEPTH) throw new SyntaxError(`its braces are nested more than ${MAX_DEPTH} deep`);
  const choices: (readonly Part[])[] = [];
  let next = from;
  do {
    const choice = readParts(glob, next + 1, depth);
    choices.push(choice.parts);
    next = choice.next;
  } while (glob[next] === ",");
  if (next >= glob.length) throw new SyntaxError('"{" without "}"; write "\\{" for the character itself');
  return { part: { kind: "choice", choices }, next: next + 1 };
}

function readPart(glob: string, at: number): Read<Part> {
  const char = String.fromCodePoint(glob.codePointAt(at) as number);
  const next = at + char.length;
  if (char === "*") return readStars(glob, at);
  if (char === "[") return readSet(glob, at);
  if (char === "?") return { part: { kind: "one", test: inName }, next };
  if (char !== "\\") return { part: literal(char), next };
  if (next >= glob.length) throw new SyntaxError('it ends in "\\", which must be followed by a character');
  return readLiteral(glob, next);
}

function readLiteral(glob: string, at: number): Read<Part> {
  const char = String.fromCodePoint(glob.codePointAt(at) as number);
  return { part: literal(char), next: at + char.length };
}

function literal(char: string): Part {
  return { kind: "one", test: (other) => other === char };
}

function readStars(glob: string, at: number): Read<Part> {
  let next = at;
  while (glob[next] === "*") next += 1;
  if (next - at === 1) return { part: { kind: "many", test: inName }, next };
  if (glob[next] !== "/") return { part: { kind: "many", test: any }, next };
  return { part: { kind: "folders" }, next: next + 1 };
}

function readSet(glob: string, at: number): Read<Part> {
  const negated = glob[at + 1] === "!" || glob[at + 1] === "^";
  const from = at + (negated ? 2 : 1);
  // "]" directly after the opening bracket is a member
  const close = glob.indexOf("]", from + 1);
  if (close < 0) throw new SyntaxError('"[" without "]"; write "\\[" for the character itself');
  const members = glob.slice(from, close).replace(/[\\\][^]/g, "\\$&");
  try {
    const set = new RegExp(negated ? `[^/${members}]` : `[${members}]`, "u");
    return { part: { kind: "one", test: (char) => set.test(char) }, next: close + 1 };
  } catch {
    throw new SyntaxError(`"${glob.slice(at, close + 1)}" is not a set of characters`);
  }
}

/** Adds the parts to the automaton, last one first: each leads to the one after it. */
function addParts(automaton: Automaton, parts: readonly Part[], after: number): number {
  return parts.reduceRight((next, part) => addPart(automaton, part, next), after);
}

function addPart(automaton: Automaton, part: Part, next: number): number {
  switch (part.kind) {
    case "one":
      return automaton.addStep(part.test, next);
    case "many":
      return automaton.addLoop(part.test, next);
    case "folders": {
      // "a/**/b" also matches "a/b": at the start of a name, which depends on any braces before it, the part may match
      // nothing.
      const folders = automaton.addLoop(any, automaton.addStep(slash, next));
      return automaton.addFork([folders, automaton.addNameStart(next)]);
    }
    case "choice":
      return automaton.addFork(part.choices.map((choice) => addParts(automaton, choice, next)));
  }
}
