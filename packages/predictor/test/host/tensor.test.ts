import test from "ava";
import { Tensor } from "onnxruntime-common";
import { encodeOutputValue } from "../../src/host/encode-output.ts";
import { isTensor, tensorValues } from "../../src/host/tensor.ts";
import { InvalidOutputError } from "../../src/host/write-json.ts";

const text = (value: unknown) => encodeOutputValue([value], 1).lines;
/** Half floats by their bits, as a runtime without `Float16Array` keeps them. */
const halfFloats = (...bits: number[]) =>
  Object.assign(Object.create({}), {
    dims: [bits.length],
    type: "float16",
    size: bits.length,
    data: Uint16Array.from(bits),
  });

test("tensorValues() nests the values of ONNX Runtime's tensors by their axes", (t) => {
  const cases: readonly (readonly [unknown, string])[] = [
    [new Tensor("float32", [0.5, 1], [2]), "[0.5,1]"],
    [new Tensor("float32", [1, 2, 3, 4, 5, 6], [3, 2]), "[[1,2],[3,4],[5,6]]"],
    [new Tensor("float32", [1, 2, 3, 4], [2, 1, 2]), "[[[1,2]],[[3,4]]]"],
    [new Tensor("float32", [7], []), "7"],
    [new Tensor("float32", [], [2, 0]), "[[],[]]"],
    [new Tensor("float32", [], [0, 2]), "[]"],
    [new Tensor("int64", [2n ** 62n], [1]), "[4611686018427387904]"],
    [new Tensor("string", ["a", "b"], [2, 1]), '[["a"],["b"]]'],
    [new Tensor("bool", [true, false], [2]), "[true,false]"],
    [{ inside: [new Tensor("uint8", [1], [1])] }, '{"inside":[[1]]}'],
    [halfFloats(0x3c00, 0x2e66, 0x8001, 0xfbff), "[1,0.0999755859375,-5.960464477539063e-8,-65504]"],
  ];
  for (const [value, expected] of cases) t.is(text(value), expected);
});

test("isTensor() leaves plain objects and other classes as they are", (t) => {
  class Picture {
    dims = [2, 2];
    data = [1];
  }
  t.is(text({ dims: [2], data: [1], type: "x", size: 1 }), '{"dims":[2],"data":[1],"type":"x","size":1}');
  t.is(text(new Picture()), '{"dims":[2,2],"data":[1]}');
  for (const value of [undefined, null, 1, "dims", [], Object.create(null)]) t.false(isTensor(value));
});

test("tensorValues() refuses a tensor whose values are not there", (t) => {
  const disposed = new Tensor("float32", [1, 2], [2]);
  disposed.dispose();
  const onGpu = Tensor.fromGpuBuffer({} as never, { dataType: "float32", dims: [2] });
  for (const value of [disposed, onGpu]) {
    const error = t.throws(() => text({ v: value }), { instanceOf: InvalidOutputError });
    t.regex(error?.message ?? "", /output\[0\]\.v cannot be read: .*(disposed|CPU)/);
    t.throws(() => encodeOutputValue(value, 2), { instanceOf: InvalidOutputError });
  }
  const short = Object.assign(Object.create({}), { dims: [3], type: "float32", size: 3, data: [1] });
  t.throws(() => tensorValues(short), { message: "dims [3] need 3 values, and data has 1" });
});

test("tensorValues() names the place of what is not finite", (t) => {
  const tensor = new Tensor("float32", [1, 2, 3, Number.NaN], [2, 2]);
  t.throws(() => text(tensor), { message: /output\[0\]\[1\]\[1\] is NaN/ });
  t.is(encodeOutputValue(tensor, 2, { nan: "null" }).lines, "[1,2]\n[3,null]");
  t.throws(() => text(halfFloats(0x7c00)), { message: /is Infinity/ });
  t.throws(() => text(halfFloats(0x7e00)), { message: /is NaN/ });
});
