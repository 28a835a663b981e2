import test from "ava";
import { failure, running, TIMEOUT_MS, until } from "./harness.ts";

/** Exceptions whose own methods, or what the standard library makes of them, fail or never end. */
const HOSTILE = `
import sys, time, urllib.error

class StrRaises(Exception):
    def __str__(self): raise KeyError("x")
class StrExits(Exception):
    def __str__(self): sys.exit(3)
class StrIsNone(Exception):
    def __str__(self): return 5
class StrHangs(Exception):
    def __str__(self):
        while True: pass
class ReprHangs(Exception):
    def __str__(self): raise self
    def __repr__(self): time.sleep(1e6)
class ClassLies(Exception):
    @property
    def __class__(self): raise RuntimeError("class")
class AttributesFail(Exception):
    def __getattribute__(self, name): raise RuntimeError("attribute " + name)
class Text(str):
    def __len__(self): raise RuntimeError("len")
    def __getitem__(self, at): raise RuntimeError("item")
class StrIsMine(Exception):
    def __str__(self): return Text("mine")
class Meta(type):
    def __getattribute__(cls, name): raise RuntimeError("meta " + name)
class MetaFails(Exception, metaclass=Meta): pass
class CauseFails(Exception):
    @property
    def __cause__(self): raise RuntimeError("cause")

class Columns:  # knows columns by name only, as formula libraries hand it to eval
    def __init__(self, row): self.row = row
    def __getitem__(self, name): return self.row[name]
class Lazy:  # looks attributes up in a reply that it has not got
    def __getattr__(self, name): return self.__dict__["reply"][name]
    def __dir__(self): return [name for name in self.reply]
class Odd:
    def __getattr__(self, name):
        error = AttributeError(name)
        error.name, error.obj = name, self
        raise error
    def __dir__(self): raise ValueError("dir")

def loop():
    a, b = ValueError("a"), ValueError("b")
    a.__cause__, b.__cause__ = b, a
    return a
def chain(length, link):
    error = ValueError("first")
    for i in range(length):
        last, error = error, ValueError(f"{i}")
        setattr(error, link, last)
    return error
def group(count, depth=1):
    inner = [ValueError(str(i)) for i in range(count)]
    for i in range(depth): inner = [ExceptionGroup(f"group {i}", inner)]
    return inner[0]
def recurse(): recurse()

acts = {
    "str raises": lambda: StrRaises(), "str exits": lambda: StrExits(), "str is none": lambda: StrIsNone(),
    "str hangs": lambda: StrHangs(), "repr hangs": lambda: ReprHangs(), "class lies": lambda: ClassLies("text"),
    "attributes fail": lambda: AttributesFail("text"), "str is mine": lambda: StrIsMine(),
    "meta fails": lambda: MetaFails("text"), "cause fails": lambda: CauseFails("text"),
    "loop": loop, "causes": lambda: chain(100_000, "__cause__"), "contexts": lambda: chain(100_000, "__context__"),
    "syntax": lambda: SyntaxError("bad", ("f", "x", "y", "z")),
    "syntax far": lambda: SyntaxError("bad", ("f", 1, 10**9, "a")),
    "syntax none": lambda: SyntaxError("bad", (5, None, None, 7)),
    "http": lambda: urllib.error.HTTPError("http://x", 503, "busy", None, None),
    "huge": lambda: ValueError("x" * 50_000_000), "surrogate": lambda: ValueError("bad \\ud83d end"),
    "empty": lambda: ValueError(),
    "formula": lambda: eval("hight * 2", {"__builtins__": {}}, Columns({"height": 1})),
    "lazy": lambda: Lazy().status, "odd": lambda: Odd().status, "recursion": recurse,
}
if sys.version_info >= (3, 11):
    acts.update({"wide": lambda: group(100_000), "deep": lambda: group(1, 500)})

class PythonPredictor:
    def __init__(self): print(",".join(acts))
    def predict(self, payload):
        if payload[0] in acts:
            raise acts[payload[0]]()
        return payload
`;

/** Where the message is not just the text that was given. */
const MESSAGES: Readonly<Record<string, RegExp>> = {
  "str raises": /cannot be shown: KeyError\('x'\)/,
  "str exits": /cannot be shown: SystemExit\(3\)/,
  "str is none": /cannot be shown: TypeError/,
  "str hangs": /cannot be shown: .*more than 5 s/,
  "repr hangs": /cannot be shown: ReprHangs/,
  "str is mine": /^mine$/,
  loop: /^a$/,
  causes: /^99999$/,
  contexts: /^99999$/,
  syntax: /^bad \(f\)$/,
  "syntax far": /^bad \(f, line 1\)$/,
  "syntax none": /^bad$/,
  http: /^HTTP Error 503: busy$/,
  huge: /^x+\n… \d+ characters left out …\nx+$/,
  surrogate: /^bad \ud83d end$/,
  empty: /^ValueError$/,
  formula: /^name 'hight' is not defined$|^'hight'$/,
  lazy: /^'reply'$/,
  odd: /status|AttributeError/,
  recursion: /maximum recursion depth exceeded/,
  wide: /^group 0 \(100000 sub-exceptions\)$/,
  deep: /^group 499 \(1 sub-exception\)$/,
};

test("python: predict() returns type and message of any exception, and the predictor keeps running", async (t) => {
  const run = await running(t, { type: "python", text: HOSTILE });
  const { pid } = run.process;
  // What is printed comes by another way than answers.
  await until(() => run.lines.length > 0);
  for (const name of (run.lines[0] ?? "").split(",")) {
    const error = await failure(t, run.predict(name, [name], 3 * TIMEOUT_MS));
    t.is(error.code, "predictor_error", name);
    t.regex(error.message, MESSAGES[name] ?? /^text$/, name);
    t.regex(String(error.details.type), /^\w+$/, name);
    const { traceback } = error.details;
    t.true(typeof traceback === "string" && traceback.length > 0 && traceback.length < 70_000, name);
  }
  t.deepEqual((await run.predict("good", ["good"])).lines, ['"good"']);
  t.is(run.process.pid, pid);
});

test("typescript: predict() returns type and message of whatever is thrown, and the predictor keeps running", async (t) => {
  const text = `
const acts: Record<string, () => unknown> = {
  text: () => { throw "just text"; },
  nothing: () => { throw undefined; },
  null: () => { throw null; },
  object: () => { throw { code: 429, why: "busy" }; },
  proxy: () => { throw new Proxy(new Error("p"), { get() { throw new Error("trap"); } }); },
  revoked: () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy; },
  getter: () => { throw Object.defineProperty(new Error("x"), "message", { get() { throw new Error("no message"); } }); },
  stack: () => { const error = new Error("no stack"); error.stack = 5 as never; throw error; },
  sites: () => { Error.prepareStackTrace = (_, sites) => sites; throw new Error("cannot parse"); },
  cause: () => { const error = new Error("outer"); error.cause = error; throw error; },
  thenable: () => ({ get then() { throw new Error("then"); } }),
};
export class Predictor {
  async predict([name]: [string]) { return acts[name] ? [acts[name]()] : [name]; }
}`;
  const run = await running(t, { type: "typescript", text });
  const { pid } = run.process;
  const expected: Readonly<Record<string, readonly [string, RegExp]>> = {
    text: ["string", /just text/],
    nothing: ["undefined", /undefined/],
    null: ["null", /null/],
    object: ["object", /429.*busy/s],
    proxy: ["Error", /p/],
    revoked: ["object", /./],
    getter: ["Error", /x|Error/],
    stack: ["Error", /no stack/],
    sites: ["Error", /cannot parse/],
    cause: ["Error", /outer/],
    thenable: ["InvalidOutputError", /then/],
  };
  for (const [name, [type, message]] of Object.entries(expected)) {
    const error = await failure(t, run.predict(name, [name]));
    t.is(error.details.type, type, name);
    t.regex(error.message, message, name);
  }
  t.deepEqual((await run.predict("good", ["good"])).lines, ['"good"']);
  t.is(run.process.pid, pid);
});
