import { createContext, runInContext } from "node:vm";
import test from "ava";
import { encodeAsText } from "../../src/host/encode-output.ts";
import { settlePromises } from "../../src/host/settle-promises.ts";
import { InvalidOutputError, UNSETTLED } from "../../src/host/write-json.ts";

/** The text of one output for one item. */
const text = (value: unknown) => encodeAsText([value], 1).lines;

function isUnsettled(output: unknown[]): boolean {
  try {
    encodeAsText(output, output.length);
    return false;
  } catch (error) {
    return error === UNSETTLED;
  }
}

function returnsThis(this: unknown): unknown {
  return this;
}

class Point {
  x = 1;
  #y = 2;
  get y() {
    return this.#y;
  }
}

class Hidden {
  #secret = 1;
  get secret() {
    return this.#secret;
  }
}

test("encodeAsText() writes whatever JSON can represent, at any depth", (t) => {
  const cases: readonly (readonly [unknown, string])[] = [
    [-0, "0"],
    ["bad \ud83d end", '"bad \\ud83d end"'],
    [{ a: undefined, b: [undefined], c: null }, '{"b":[null],"c":null}'],
    // biome-ignore lint/suspicious/noSparseArray: it is what is tested
    [[1, , 3], "[1,null,3]"],
    [{ v: new Float64Array([1.5, 2, -0, 1e21]) }, '{"v":[1.5,2,0,1e+21]}'],
    [[new Uint8Array([1, 2]), Buffer.from("ab")], "[[1,2],[97,98]]"],
    [new BigInt64Array([9007199254740993n]), "[9007199254740993]"],
    [
      {
        inner: new Map<unknown, unknown>([
          ["a", 1],
          [2, { b: new Set([1]) }],
          [3n, null],
          [null, 1],
        ]),
      },
      '{"inner":{"a":1,"2":{"b":[1]},"3":null,"null":1}}',
    ],
    [new Map([["__proto__", 1]]), '{"__proto__":1}'],
    [2n ** 64n, "18446744073709551616"],
    [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    [[Object("boxed"), Object(1), Object(true), Object(5n)], '["boxed",1,true,5]'],
    [new Point(), '{"x":1}'],
    [{ toJSON: () => ({ m: new Map([["a", 1]]) }) }, '{"m":{"a":1}}'],
    [{ x: 1, toJSON: returnsThis }, '{"x":1}'],
    [Object.create(null, { a: { value: 1, enumerable: true } }), '{"a":1}'],
    [runInContext("({ a: {}, b: [1] })", createContext({})), '{"a":{},"b":[1]}'],
    [{ "a b": 1, [Symbol("s")]: 2 }, '{"a b":1}'],
  ];
  for (const [value, expected] of cases) t.is(text(value), expected);
});

test("encodeAsText() refuses what JSON cannot represent, and names the place", (t) => {
  const cycle: { a?: unknown } = {};
  cycle.a = [cycle];
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ score: Number.NaN }, /output\[0\]\.score is NaN/],
    [[1, [Number.POSITIVE_INFINITY]], /output\[0\]\[1\]\[0\] is Infinity/],
    [{ v: new Float32Array([1, Number.NaN]) }, /output\[0\]\.v\[1\] is NaN/],
    [{ f: { g: () => 1 } }, /output\[0\]\.f\.g is a function/],
    [[{ s: Symbol("x") }], /output\[0\]\[0\]\.s is a symbol/],
    [{ at: new Date(Number.NaN) }, /output\[0\]\.at is an invalid Date/],
    [cycle, /output\[0\]\.a\[0\] is circular/],
    [{ e: new RangeError("too far") }, /output\[0\]\.e is an error \(too far\)/],
    [Object.assign(new Error("code"), { code: "ENOENT" }), /output\[0\] is an error/],
    [
      {
        g: (function* () {
          yield 1;
        })(),
      },
      /output\[0\]\.g is an iterator/,
    ],
    [
      [
        (async function* () {
          yield 1;
        })(),
      ],
      /output\[0\]\[0\] is an iterator/,
    ],
    [new Map([[1, 2]]).entries(), /output\[0\] is an iterator/],
    [
      {
        at: 0,
        next: () => ({ done: true }),
        [Symbol.iterator]() {
          return this;
        },
      },
      /output\[0\] is an iterator/,
    ],
    [new WeakMap(), /output\[0\] is a WeakMap without any field/],
    [{ r: /x/ }, /output\[0\]\.r is a RegExp without any field/],
    [new Hidden(), /output\[0\] is a Hidden without any field/],
    [new ArrayBuffer(2), /output\[0\] is an ArrayBuffer.*Uint8Array/],
    [new DataView(new ArrayBuffer(2)), /output\[0\] is a DataView/],
    [{ p: Promise.resolve(1) }, /output\[0\]\.p is a promise: await it/],
    [
      {
        toJSON: () => {
          throw new Error("toJSON failed");
        },
      },
      /output\[0\] cannot be read: toJSON failed/,
    ],
    [
      {
        a: {
          get b(): never {
            throw new Error("getter failed");
          },
        },
      },
      /output\[0\]\.a\.b cannot be read: getter failed|output\[0\]\.a cannot be read: getter failed/,
    ],
    [revoked.proxy, /output\[0\] cannot be read/],
    [
      new Map<unknown, unknown>([
        [1, "a"],
        ["1", "b"],
      ]),
      /output\[0\] has two keys that are both "1" in JSON/,
    ],
    [{ m: new Map([[Number.NaN, 1]]) }, /output\[0\]\.m has the key NaN/],
    [new Map([[{}, 1]]), /output\[0\] has a key of type object/],
  ];
  for (const [value, expected] of cases) {
    const error = t.throws(() => text(value), { instanceOf: InvalidOutputError }, String(expected));
    t.regex(error?.message ?? "", expected);
  }
});

test("encodeAsText() writes NaN and infinities as the rule says", (t) => {
  const value = {
    a: [Number.NaN, 1, Number.POSITIVE_INFINITY],
    v: Float32Array.of(1, Number.NEGATIVE_INFINITY),
    m: new Map([["x", Number.NaN]]),
    text: "NaN",
  };
  const written = (nan: "null" | "string") => encodeAsText([value], 1, { nan }).lines;
  t.is(written("null"), '{"a":[null,1,null],"v":[1,null],"m":{"x":null},"text":"NaN"}');
  t.is(written("string"), '{"a":["NaN",1,"Infinity"],"v":[1,"-Infinity"],"m":{"x":"NaN"},"text":"NaN"}');
  t.is(encodeAsText([Number.NaN, "NaN"], 2, { nan: "null" }).lines, 'null\n"NaN"');
  for (const rules of [{}, { nan: "error" }] as const)
    t.throws(() => encodeAsText([value], 1, rules), { message: /output\[0\]\.a\[0\] is NaN/ });
  t.throws(() => encodeAsText(new Map([[Number.NaN, 1]]), 1, { nan: "null" }), {
    message: /the key NaN/,
  });
});

test("encodeAsText() refuses values that are nested too deeply, however deep, and writes the others", (t) => {
  const nested = (depth: number, wrap: (value: unknown) => unknown) => {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = wrap(value);
    return value;
  };
  for (const wrap of [(value: unknown) => [value], (value: unknown) => ({ a: value })]) {
    t.is(JSON.stringify(JSON.parse(text(nested(400, wrap)))), JSON.stringify(nested(400, wrap)));
    for (const depth of [2_000, 200_000]) {
      const error = t.throws(() => text(nested(depth, wrap)), { instanceOf: InvalidOutputError });
      t.regex(error?.message ?? "", /is nested too deeply/);
    }
  }
});

test.serial("encodeAsText() writes the same when the predictor changes prototypes", (t) => {
  const { stringify } = JSON;
  const changes: readonly (readonly [object, string, unknown])[] = [
    [Object.prototype, "polluted", "yes"],
    [Object.prototype, "toJSON", () => "wrong"],
    [Array.prototype, "extra", 1],
    [Array.prototype, "toJSON", () => "wrong"],
    [BigInt.prototype, "toJSON", () => "wrong"],
  ];
  const results: string[] = [];
  try {
    for (const [holder, key, value] of changes) Object.assign(holder, { [key]: value });
    JSON.stringify = () => "wrong";
    const values = [{ a: 1 }, [1, [2]], { b: 5n }, new Map([["c", [3]]]), "d"];
    for (const value of values) results.push(text(value));
  } finally {
    for (const [holder, key] of changes) Reflect.deleteProperty(holder, key);
    JSON.stringify = stringify;
  }
  t.deepEqual(results, ['{"a":1}', "[1,[2]]", '{"b":5}', '{"c":[3]}', '"d"']);
});

test("encodeAsText() asks for promises in arrays to be settled, and settlePromises() does that", async (t) => {
  const output = () => [Promise.resolve({ length: 1 }), 2, [Promise.resolve([Promise.resolve(3)])]];
  t.true(isUnsettled(output()));
  const settled = await settlePromises(output());
  t.is(encodeAsText(settled, 3).lines, '{"length":1}\n2\n[[3]]');
  await t.throwsAsync(settlePromises([1, Promise.reject(new TypeError("bad item"))]), {
    message: "bad item",
  });
});

test("settlePromises() refuses an array that contains itself", async (t) => {
  const cycle: unknown[] = [Promise.resolve(1)];
  cycle.push(cycle);
  await t.throwsAsync(settlePromises(cycle), { message: /contains itself/ });
  const shared = [Promise.resolve(1)];
  t.deepEqual(await settlePromises([shared, shared]), [[1], [1]]);
});
