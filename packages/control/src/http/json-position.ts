const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Where `text` stops being valid JSON: the index of the first invalid character, or the text's length. Only some of
 * V8's messages contain the position.
 */
export function jsonErrorPosition(text: string): number {
  /** The closing bracket that each open one needs. */
  const open: ("}" | "]")[] = [];
  let expected: "value" | "value or end" | "key" | "key or end" | "colon" | "comma or end" = "value";
  let at = skipSpace(text, 0);
  for (; at < text.length; at = skipSpace(text, at)) {
    const char = text.charAt(at);
    if (expected === "colon") {
      if (char !== ":") return at;
      expected = "value";
      at += 1;
    } else if (expected === "comma or end") {
      const close = open.at(-1);
      if (char === close) open.pop();
      else if (char === "," && close !== undefined) expected = close === "}" ? "key" : "value";
      else return at;
      at += 1;
    } else if (char === open.at(-1) && expected.endsWith("or end")) {
      open.pop();
      expected = "comma or end";
      at += 1;
    } else if (expected.startsWith("key")) {
      const end = char === '"' ? stringEnd(text, at) : -at - 1;
      if (end < 0) return -end - 1;
      expected = "colon";
      at = end;
    } else if (char === "{" || char === "[") {
      open.push(char === "{" ? "}" : "]");
      expected = char === "{" ? "key or end" : "value or end";
      at += 1;
    } else {
      const end = char === '"' ? stringEnd(text, at) : scalarEnd(text, at);
      if (end < 0) return -end - 1;
      expected = "comma or end";
      at = end;
    }
  }
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at += 1;
  return at;
}

/** Index after the string that starts at `start`; if the string is malformed at an index, `-index - 1`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -at - 1;
    if (code !== 0x5c) {
      at += 1;
      continue;
    }
    ESCAPE.lastIndex = at;
    if (!ESCAPE.test(text)) return -at - 1;
    at = ESCAPE.lastIndex;
  }
  return -text.length - 1;
}

function scalarEnd(text: string, start: number): number {
  SCALAR.lastIndex = start;
  return SCALAR.test(text) ? SCALAR.lastIndex : -start - 1;
}
