import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test from "ava";
import fc from "fast-check";
import { vectorLines } from "../../src/predictor-process/vector-lines.ts";
import { running } from "./harness.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const run = promisify(execFile);

/** Numbers at which texts change, and random ones of every size. */
function numbers(): readonly number[] {
  const edges = [
    0, -0, 1, -1, 1e15, 9999999999999998, 1e16, 1e17, 1e21, 1e22, 1e-4, 9.999e-5, 1e-5, 1e-7, 5e-324,
  ];
  const own = [0.1, 1 / 3, 123456789.125, 2 ** 53, 2 ** 53 + 2, 1.7976931348623157e308, Math.fround(0.1)];
  const random = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 5_000, seed: 7 });
  return [...edges, ...own, ...random].flatMap((value) => [value, -value]);
}

test("vectorLines() writes numbers as Python's repr does", async (t) => {
  const values = new Float64Array(numbers());
  const bytes = Buffer.from(values.buffer).toString("base64");
  const script =
    "import base64, array, json, sys; v = array.array('d'); v.frombytes(base64.b64decode(sys.stdin.read())); print(json.dumps([repr(x) for x in v]))";
  const python = run("python3", ["-c", script]);
  python.child.stdin?.end(bytes);
  const expected = JSON.parse((await python).stdout) as readonly string[];
  const [line = ""] = vectorLines({ values, width: values.length, language: "python" });
  const found = line.slice(1, -1).split(",");
  t.is(found.length, expected.length);
  for (const [i, text] of expected.entries()) t.is(found[i], text);
});

test("vectorLines() cuts the numbers into vectors, with TypeScript's text as JSON.stringify writes it", (t) => {
  const values = new Float32Array([1, -0, 0.1, 1e-7, 2.5, 3]);
  t.deepEqual(vectorLines({ values, width: 3, language: "typescript" }), [
    `[1,0,${Math.fround(0.1)}]`,
    `[${Math.fround(1e-7)},2.5,3]`,
  ]);
});

const VECTORS_PY = `import numpy
def vectors(n, dtype): return (numpy.arange(n * 32, dtype="float64").reshape(n, 32) / 7 - 3).astype(dtype)
def shape(kind, n):
    if kind == "list": return list(vectors(n, "float32"))
    if kind == "nan":
        array = vectors(n, "float32")
        array[0, 0] = numpy.nan
        return array
    if kind == "columns": return numpy.asfortranarray(vectors(n, "float32"))
    if kind == "slice": return vectors(n, "float64")[:, ::2]
    if kind == "swapped": return vectors(n, "float64").astype(">f8")
    if kind == "transposed": return vectors(32, "float32")[:, :n].T.copy().T if n > 32 else vectors(n, "float32")
    return vectors(n, kind)
class PythonPredictor:
    def predict(self, payload):
        kind, as_text = payload[0]
        rows = shape(kind, len(payload))
        return [row.tolist() for row in rows] if as_text else rows
`;

test("arrays of vectors have the same text as lists of numbers, whatever their type and layout", async (t) => {
  t.timeout(600_000);
  const python = await pythonWith(["numpy==2.4.6"], { cacheDirectory: join(ROOT, ".cache"), name: "numpy" });
  const sites = (
    await run(python, ["-c", "import numpy, os; print(os.path.dirname(os.path.dirname(numpy.__file__)))"])
  ).stdout;
  const host = await running(t, {
    type: "python",
    text: VECTORS_PY,
    env: { ...process.env, PYTHONPATH: sites.trim() } as Record<string, string>,
  });
  for (const kind of [
    "float16",
    "float32",
    "float64",
    "list",
    "columns",
    "slice",
    "swapped",
    "transposed",
    "int32",
  ]) {
    const payload = (isText: boolean) => Array.from({ length: 5 }, () => [kind, isText]);
    const [asBytes, asText] = await Promise.all(
      [false, true].map((isText) => host.predict("0-5", payload(isText))),
    );
    t.is(asBytes?.mode, "items");
    t.is(asBytes?.lines.length, 5);
    t.deepEqual(asBytes?.lines, asText?.lines, kind);
  }
  const nan = await t.throwsAsync(host.predict("0-1", [["nan", false]]));
  t.regex(nan.message, /output\[0\]\[0\] is nan/);
});

test("TypeScript's vectors have the same text as arrays of numbers", async (t) => {
  const text = `
class Tensor { constructor(data, dims) { this.data = data; this.dims = dims; this.type = "float32"; this.size = data.length; } }
const numbers = (n) => Float32Array.from({ length: n * 16 }, (_, i) => i / 7 - 3);
export class Predictor {
  predict(payload) {
    const [kind] = payload[0], n = payload.length, all = numbers(n);
    const rows = Array.from({ length: n }, (_, i) => all.slice(16 * i, 16 * i + 16));
    if (kind === "text") return rows.map((row) => Array.from(row));
    if (kind === "doubles") return rows.map((row) => Float64Array.from(row));
    if (kind === "nan") rows[1][2] = Number.NaN;
    return kind === "tensor" ? new Tensor(all, [n, 16]) : rows;
  }
}`;
  const host = await running(t, { type: "typescript", text });
  const lines = async (kind: string) => (await host.predict("0-3", [[kind], [kind], [kind]])).lines;
  const expected = await lines("text");
  for (const kind of ["rows", "doubles", "tensor"]) t.deepEqual(await lines(kind), expected, kind);
  const nan = await t.throwsAsync(host.predict("0-2", [["nan"], ["nan"]]));
  t.regex(nan.message, /output\[1\]\[2\] is NaN/);
});
