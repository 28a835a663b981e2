import test from "ava";
import { Tensor } from "onnxruntime-common";
import { encodeAsText } from "../../src/host/encode-output.ts";
import { findRows } from "../../src/host/rows.ts";
import { InvalidOutputError } from "../../src/host/write-json.ts";

/** Mode, lines and warning of an output for two items. */
const ofTwo = (value: unknown) => {
  const { mode, lines, warning } = encodeAsText(value, 2);
  return { mode, lines: lines.split("\n"), warning };
};

test("findRows() gives each item its part when the output has one for each", (t) => {
  const matrix = new Tensor("float32", [1, 2, 3, 4], [2, 2]);
  const cases: readonly (readonly [unknown, readonly string[]])[] = [
    [
      [1, { a: 2 }],
      ["1", '{"a":2}'],
    ],
    [Float32Array.of(0.5, 1), ["0.5", "1"]],
    [Uint8Array.of(1, 2), ["1", "2"]],
    [BigInt64Array.of(2n ** 62n, 1n), ["4611686018427387904", "1"]],
    [matrix, ["[1,2]", "[3,4]"]],
    [new Tensor("bool", [true, false], [2]), ["true", "false"]],
    [
      { logits: matrix, label: ["a", "b"], score: Float64Array.of(0.5, 1) },
      ['{"logits":[1,2],"label":"a","score":0.5}', '{"logits":[3,4],"label":"b","score":1}'],
    ],
    [Object.assign(Object.create(null), { id: Int8Array.of(1, 2) }), ['{"id":1}', '{"id":2}']],
  ];
  for (const [value, lines] of cases) t.deepEqual(ofTwo(value), { mode: "items", lines, warning: undefined });
});

test("findRows() leaves everything else to the batch, and warns of what is probably a mistake", (t) => {
  const cases: readonly (readonly [unknown, string, RegExp?])[] = [
    [[1], "[1]", /^predict returned an array of 1 for 2 items: it is taken as/],
    [Float32Array.of(1), "[1]", /^predict returned a typed array or tensor of 1 for 2 items/],
    [Buffer.from("ab"), "[97,98]"],
    [new Set([1, 2]), "[1,2]"],
    [new Map([["a", Int8Array.of(1, 2)]]), '{"a":[1,2]}'],
    [new Tensor("float32", [1], []), "1"],
    [{ a: [1, 2], b: ["x", "y"] }, '{"a":[1,2],"b":["x","y"]}'],
    [{}, "{}"],
    [null, "null"],
    [
      { logits: Int8Array.of(1, 2), loss: 0.5 },
      '{"logits":[1,2],"loss":0.5}',
      /^predict returned an object of columns for 2 items, but "loss" is no column: it is taken/,
    ],
    [
      { logits: Int8Array.of(1, 2), labels: ["x"] },
      '{"logits":[1,2],"labels":["x"]}',
      /but "labels" is of 1: it is taken/,
    ],
    [{ vector: Int8Array.of(1, 2, 3) }, '{"vector":[1,2,3]}'],
  ];
  for (const [value, line, warning] of cases) {
    const found = ofTwo(value);
    t.deepEqual({ mode: found.mode, lines: found.lines }, { mode: "batch", lines: [line] });
    if (warning) t.regex(found.warning ?? "", warning);
    else t.is(found.warning, undefined);
  }
});

test("findRows() is not what fails when an output cannot be read", (t) => {
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const hostile = {
    get a(): never {
      throw new Error("getter failed");
    },
  };
  t.throws(() => findRows(hostile, 1), { message: "getter failed" });
  t.throws(() => encodeAsText(hostile, 1), { instanceOf: InvalidOutputError, message: /getter failed/ });
  t.throws(() => encodeAsText(revoked.proxy, 1), { instanceOf: InvalidOutputError });
});
