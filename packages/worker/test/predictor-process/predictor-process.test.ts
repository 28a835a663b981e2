import test from "ava";
import { failure, JOB_SPEC, running, source, TIMEOUT_MS, TYPES } from "./harness.ts";

for (const type of TYPES) {
  const say = (typescript: string, python: string) => (type === "python" ? python : typescript);

  test(`${type}: predict() returns each item's output when the array is as long as the payload`, async (t) => {
    const text = source(type, {
      predict: say(
        "return items.map((item) => ({ item, batchId, k: this.config.k, job: this.jobSpec.job_id }))",
        "return [dict(item=i, batchId=batch_id, k=self.config['k'], job=self.job_spec['job_id']) for i in items]",
      ),
    });
    const { predict } = await running(t, { type, text, config: { k: "é\u2028" } });
    const output = await predict("000000000000-2", ["a\nb", { π: 1.5 }]);
    t.is(output.mode, "items");
    t.true(output.predictMs >= 0 && output.predictMs < TIMEOUT_MS);
    t.deepEqual(
      output.lines.map((line) => JSON.parse(line)),
      ["a\nb", { π: 1.5 }].map((item) => ({
        item,
        batchId: "000000000000-2",
        k: "é\u2028",
        job: JOB_SPEC.job_id,
      })),
    );
  });

  test(`${type}: predict() returns the batch's output, with a warning for an array of another length`, async (t) => {
    const text = source(type, { predict: "return items[0]" });
    const { predict, lines, process } = await running(t, { type, text });
    t.deepEqual(pick(await predict("b", [{ sum: 3 }, 2])), { mode: "batch", lines: ['{"sum":3}'] });
    t.deepEqual(
      pick(await predict("b", [null, 2])),
      type === "python" ? { mode: "none", lines: [] } : { mode: "batch", lines: ["null"] },
    );
    t.deepEqual(pick(await predict("b", [[1, 2, 3], 2])), { mode: "batch", lines: ["[1,2,3]"] });
    t.deepEqual(pick(await predict("b", [[1, [2]], 2])), { mode: "items", lines: ["1", "[2]"] });
    await process.stop();
    t.is(lines.length, 1);
    t.regex(lines[0] ?? "", /warning: predict returned .* of 3 for 2 items/);
  });

  test(`${type}: predict() returns one line per item, for scalars and containers alike`, async (t) => {
    const { predict } = await running(t, { type, text: source(type, { predict: "return items" }) });
    for (const items of [
      [1, 2.5, "a\nb, \u2028 c", null, true, "", -0.125],
      [7, [], {}, { a: 1 }, [1, [2, 3]], { b: [4, { c: 5 }], d: "6,7" }, "[8,9]"],
      ["", "\ud800", "π"],
      [[1, 2], 3],
    ]) {
      const { mode, lines } = await predict("b", items);
      t.is(mode, "items");
      t.deepEqual(
        lines.map((line) => JSON.parse(line)),
        items,
      );
    }
  });

  test(`${type}: predict() has no output when nothing is returned`, async (t) => {
    const { predict } = await running(t, { type, text: source(type, { predict: say("", "pass") }) });
    t.deepEqual(pick(await predict("b", [1, 2])), { mode: "none", lines: [] });
  });

  test(`${type}: predict() completes the batch even if it empties its payload`, async (t) => {
    const predict = say("return items.splice(0)", "out = list(items)\nitems.clear()\nreturn out");
    const run = await running(t, { type, text: source(type, { predict }) });
    t.deepEqual(pick(await run.predict("b", [1, 2])), { mode: "items", lines: ["1", "2"] });
  });

  test(`${type}: predict() fails one batch and keeps running when it raises`, async (t) => {
    const predict = say(
      'if (items[0] === 13) throw new RangeError("unlucky"); return items;',
      'if items[0] == 13: raise ValueError("unlucky")\nreturn items',
    );
    const run = await running(t, { type, text: source(type, { predict }) });
    const [first, error, third] = await Promise.all([
      run.predict("a", [1]),
      failure(t, run.predict("b", [13])),
      run.predict("c", [3]),
    ]);
    t.deepEqual([first.lines, third.lines], [["1"], ["3"]]);
    t.is(error.code, "predictor_error");
    t.is(error.message, "unlucky");
    t.is(error.details.type, say("RangeError", "ValueError"));
    t.regex(String(error.details.traceback), /predictor(\.ts:\d+|\.py", line \d+, in predict)/);
    t.notRegex(String(error.details.traceback), /predictor-host|host\.py/);
  });

  test(`${type}: predict() is invalid_output naming the place when JSON cannot hold it`, async (t) => {
    const cases: [string, RegExp][] =
      type === "python"
        ? [
            ["return [1, {'score': float('nan')}]", /output\[1\]\.score is nan/],
            ["return {'a': [float('inf')]}", /output\.a\[0\] is inf/],
            ["return {'a': {1, 2, 3j}}", /output\.a\[\d\] is a complex/],
            ["return [object(), 1]", /output\[0\] is a object, expected a JSON value/],
            ["return {(1, 2): 3}", /output has a key of type tuple/],
            ["return [{1: 'a', '1': 'b'}, 0]", /output\[0\] has two keys that are both "1" in JSON/],
            ["return {'x': [{None: 1, 'null': 2}]}", /output\.x\[0\] has two keys that are both "null"/],
            ["a = []; a.append(a); return {'a': a}", /circular/],
            ["return (x for x in [1, 2])", /output is a generator.*return a list/],
            [
              "v = memoryview(b'abc'); v.release()\nreturn [1, {'v': v}]",
              /output\[1\]\.v is a memoryview.*released/,
            ],
            ["class A:\n    def tolist(self): return self\nreturn A()", /output is circular/],
            [
              "import array\nreturn {'a': array.array('b', bytes(2 ** 26 + 1))}",
              /output\.a is a array\.array.* it has 67108865 values, expected at most 67108864: write it to a file/,
            ],
            ["return [10 ** 5000, 1]", /output\[0\] is an int: Exceeds the limit/],
            [
              "class Bad:\n    def __repr__(self): raise ValueError\nreturn {Bad(): 1}",
              /output has a key of type/,
            ],
            [
              "class Bad:\n    def __getattr__(self, name): raise ValueError\nreturn [Bad(), 1]",
              /output\[0\] is a .*Bad, expected/,
            ],
            [
              "class array:\n    def tolist(self): raise OSError('gone')\narray.__module__ = 'numpy'\nreturn [array(), 1]",
              /output\[0\] is a numpy\..*array that cannot be read: OSError: gone/,
            ],
          ]
        : [
            ["return [1, { score: Number.NaN }]", /output\[1\]\.score is NaN/],
            ["return { a: [-Infinity, null] }", /output\.a\[0\] is -Infinity/],
            ["return { 'a b': () => 1 }", /output\["a b"\] is a function/],
            ["return Symbol('x')", /output is a symbol/],
            ["const a = []; a.push(a); return { a }", /circular/],
            ["return [{ e: { f: [() => 1] } }, 1]", /output\[0\]\.e\.f\[0\] is a function/],
            ["return [{ reason: new Error('no') }, 1]", /output\[0\]\.reason is an error \(no\)/],
            ["return (function* () { yield 1; })()", /output is an iterator/],
            ["return [{ p: Promise.resolve(1) }, 1]", /output\[0\]\.p is a promise: await it/],
          ];
    const predict = say(
      `const f = [${cases.map(([body]) => `() => { ${body} }`).join(",")}]; return f[items[0]]();`,
      cases
        .map(([body], index) => `def f${index}():\n    ${body.split("\n").join("\n    ")}`)
        .concat(`return [${cases.map((_, index) => `f${index}`).join(",")}][items[0]]()`)
        .join("\n"),
    );
    const run = await running(t, { type, text: source(type, { predict }) });
    for (const [index, [, expected]] of cases.entries()) {
      const error = await failure(t, run.predict("b", [index, 0]));
      t.is(error.code, "invalid_output");
      t.regex(error.message, expected);
    }
  });

  test(`${type}: predict() is invalid_output when the output is nested too deeply, and the predictor keeps running`, async (t) => {
    const predict = say(
      "let a = 1; for (let i = 0; i < items[0]; i++) a = i % 2 ? [a] : { a }; return [a];",
      `import sys
if items[0] > 100_000: sys.setrecursionlimit(1_000_000)
a = 1
for i in range(items[0]): a = [a] if i % 2 else {"a": a}
return [a]`,
    );
    const run = await running(t, { type, text: source(type, { predict }) });
    const { pid } = run.process;
    for (const depth of [20_000, 100_000, 200_000]) {
      const error = await failure(t, run.predict("b", [depth]));
      t.is(error.code, "invalid_output", `${depth}: ${error.message.slice(0, 200)}`);
      t.regex(error.message, /is nested too deeply/);
    }
    t.regex((await run.predict("c", [400])).lines[0] ?? "", /^\[\{"a":\[/);
    t.is(run.process.pid, pid);
  });

  test(`${type}: predict() keeps null, undefined fields and odd strings when they are valid JSON`, async (t) => {
    const predict = say(
      'return [{ a: null, b: undefined, c: "null" }, "\\ud800"]',
      'return [{"a": None, "c": "null"}, "\\ud800"]',
    );
    const run = await running(t, { type, text: source(type, { predict }) });
    t.deepEqual((await run.predict("b", [1, 2])).lines, ['{"a":null,"c":"null"}', '"\\ud800"']);
  });
}

test("typescript: predict() awaits the promises of an array, and fails with the first that is rejected", async (t) => {
  const predict =
    'return items.map(async (text) => { if (text === "at once") throw new Error(text); await null; if (text === "bad") throw new RangeError("cannot parse " + text); return { length: text.length }; });';
  const run = await running(t, { type: "typescript", text: source("typescript", { predict }) });
  const { mode, lines } = await run.predict("b", ["a", "bb"]);
  t.deepEqual({ mode, lines }, { mode: "items", lines: ['{"length":1}', '{"length":2}'] });
  const error = await failure(t, run.predict("c", ["a", "bad", "bad"]));
  // Rejected before predict returns.
  t.is((await failure(t, run.predict("c", ["at once"]))).message, "at once");
  t.deepEqual(
    [error.code, error.details.type, error.message],
    ["predictor_error", "RangeError", "cannot parse bad"],
  );
  t.deepEqual((await run.predict("d", ["ccc"])).lines, ['{"length":3}']);
});

test("typescript: predict() converts typed arrays, maps, sets and bigints to JSON", async (t) => {
  const predict =
    "return items.map(() => ({ e: { v: new Float32Array([1.5, 2]) }, l: [new Uint8Array([1])], m: new Map([[1, new Set([2])]]), b: 2n ** 64n, d: { x: undefined } }));";
  const run = await running(t, { type: "typescript", text: source("typescript", { predict }) });
  t.deepEqual((await run.predict("b", [1])).lines, [
    '{"e":{"v":[1.5,2]},"l":[[1]],"m":{"1":[2]},"b":18446744073709551616,"d":{}}',
  ]);
});

test("typescript: predict() returns errors and outputs unchanged when the predictor changes prototypes", async (t) => {
  const top = `Object.prototype.toJSON = function () { return "wrong"; };
Error.prepareStackTrace = (_, frames) => frames;`;
  const predict =
    'if (items[0] === "bad") throw new TypeError("cannot parse"); return items.map((item) => ({ item }));';
  const run = await running(t, { type: "typescript", text: source("typescript", { top, predict }) });
  t.deepEqual((await run.predict("a", [1])).lines, ['{"item":1}']);
  const error = await failure(t, run.predict("b", ["bad"]));
  t.deepEqual([error.details.type, error.message], ["TypeError", "cannot parse"]);
  t.regex(String(error.details.traceback), /predictor\.ts:\d+/);
});

function pick(output: { mode: string; lines: readonly string[] }) {
  return { mode: output.mode, lines: output.lines };
}
