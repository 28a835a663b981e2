/** What starts a glob; anything else is a raw prefix. */
const GLOB_START = /[*?{[]/;

/** True when `path` holds glob characters. */
export function hasGlob(path: string): boolean {
  return GLOB_START.test(path);
}

/** The part of a glob before its first glob character: a raw prefix of everything it can match. */
export function globBase(glob: string): string {
  const end = glob.search(/[\\*?{[]/);
  return end < 0 ? glob : glob.slice(0, end);
}

/**
 * Compiles a glob over a full path or URI: `*` and `?` stop at `/`, `**` does not (also inside a name, as in
 * `**.jpg`), `[a-z]`, `[!a]`, `{a,b}`, `\` takes the next character as it is. All else, dots and brackets of
 * extended globs too, is literal: Cortex's rules. picomatch treats `img**` as `img*`, so it is not used here.
 *
 * @throws {SyntaxError} with a message that says what is wrong with the glob
 */
export function compileGlob(glob: string): RegExp {
  if (glob === "") throw new SyntaxError("it is empty");
  const parts: string[] = [];
  let braces = 0;
  let at = 0;
  while (at < glob.length) {
    const char = glob[at] as string;
    if (char === "{") braces += 1;
    else if (char === "}") braces -= 1;
    if (braces < 0) throw new SyntaxError('"}" without "{"; write "\\}" for the character itself');
    const token = readToken(glob, at, braces > 0);
    parts.push(token.source);
    at = token.next;
  }
  if (braces > 0) throw new SyntaxError('"{" without "}"; write "\\{" for the character itself');
  return new RegExp(`^${parts.join("")}$`, "su");
}

interface Token {
  /** Regular expression source. */
  readonly source: string;
  readonly next: number;
}

function readToken(glob: string, at: number, inBraces: boolean): Token {
  const char = String.fromCodePoint(glob.codePointAt(at) as number);
  const next = at + char.length;
  switch (char) {
    case "*":
      return readStars(glob, at);
    case "?":
      return { source: "[^/]", next };
    case "[":
      return readClass(glob, at);
    case "{":
      return { source: "(?:", next };
    case "}":
      return { source: ")", next };
    case ",":
      return { source: inBraces ? "|" : ",", next };
    case "\\":
      if (next >= glob.length)
        throw new SyntaxError('it ends in "\\", which must be followed by a character');
      return { source: escapeLiteral(glob[next] as string), next: next + 1 };
    default:
      return { source: escapeLiteral(char), next };
  }
}

function readStars(glob: string, at: number): Token {
  let next = at;
  while (glob[next] === "*") next += 1;
  if (next - at === 1) return { source: "[^/]*", next };
  if (glob[next] !== "/") return { source: ".*", next };
  // "a/**/b" also matches "a/b": where a name begins, which braces before it may or may not be, it may stand for nothing.
  return { source: "(?:.*/|(?<![^/]))", next: next + 1 };
}

function readClass(glob: string, at: number): Token {
  const negated = glob[at + 1] === "!" || glob[at + 1] === "^";
  const from = at + (negated ? 2 : 1);
  // "]" right after the bracket is a member
  const close = glob.indexOf("]", from + 1);
  if (close < 0) throw new SyntaxError('"[" without "]"; write "\\[" for the character itself');
  const members = glob.slice(from, close).replace(/[\\\][^]/g, "\\$&");
  const source = negated ? `[^/${members}]` : `[${members}]`;
  try {
    new RegExp(source, "u");
  } catch {
    throw new SyntaxError(`"${glob.slice(at, close + 1)}" is not a set of characters`);
  }
  return { source, next: close + 1 };
}

function escapeLiteral(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}
