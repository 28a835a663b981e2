import { createHash } from "node:crypto";
import test from "ava";
import { composeOutput, errorRow, orderedRows, outputRow, type ResultBlock } from "../src/mod.ts";
import { jobOf, outputBackend } from "./support/output-backend.ts";

function block(first: number, rows: readonly string[], failedItems = 0): ResultBlock {
  return { first, count: rows.length, rows: rows.map((row) => `${row}\n`).join(""), failedItems };
}

const failure = { code: "predictor_error", message: 'ValueError: "odd"', attempts: 3 };
const parentBlocks = [
  block(0, [outputRow(0, "null", "0"), outputRow(1, '"a,\\"error\\":"', "1")]),
  block(2, [errorRow(2, "null", failure)], 1),
  block(3, [outputRow(3, "null", '{"error":1}')]),
];

test("composeOutput() writes the rows in order with a manifest that describes them", async (t) => {
  const job = jobOf("parent");
  const { backend, objects, outputs } = outputBackend([{ job, blocks: parentBlocks }]);
  const output = await composeOutput(backend, job, { status: "completed_with_failures" });
  t.deepEqual(outputs.get("parent"), output);
  const bytes = Buffer.from(await objects.read(output.partUris[0] ?? ""));
  t.is(bytes.toString(), parentBlocks.map(({ rows }) => rows).join(""));
  const manifest = JSON.parse(Buffer.from(await objects.read(output.manifestUri)).toString());
  t.like(manifest, { rows: 4, succeeded: 3, failed: 1, complete: true, status: "completed_with_failures" });
  t.like(manifest.parts[0], {
    rows: 4,
    first_index: 0,
    last_index: 3,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
});

test("composeOutput() of a job without rows has no parts and says that it is not complete", async (t) => {
  const job = jobOf("empty");
  const { backend, objects } = outputBackend([{ job, blocks: [] }]);
  const { manifestUri, partUris } = await composeOutput(backend, job, { status: "stopped" });
  t.deepEqual(partUris, []);
  const manifest = JSON.parse(Buffer.from(await objects.read(manifestUri)).toString());
  t.like(manifest, { rows: 0, complete: false });
});

test("orderedRows() of a retry puts its rows over its parent's, whether the parent's output is written or not", async (t) => {
  const [parent, retry] = [jobOf("parent"), jobOf("retry", "parent")];
  const retryBlocks = [block(2, [outputRow(2, "null", "2")]), block(4, [outputRow(4, "null", "4")])];
  const { backend } = outputBackend([
    { job: parent, blocks: parentBlocks },
    { job: retry, blocks: retryBlocks },
  ]);
  const read = async () => {
    let text = "";
    for await (const chunk of orderedRows(backend, { job: retry })) text += chunk;
    return text
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row));
  };
  const before = await read();
  t.deepEqual(
    before.map(({ index, output }) => [index, output]),
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, { error: 1 }],
      [4, 4],
    ],
  );
  await composeOutput(backend, parent, { status: "stopped" });
  t.deepEqual(await read(), before);
});
