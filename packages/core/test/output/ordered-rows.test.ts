import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "ava";
import fc from "fast-check";
import {
  composeOutput,
  errorRow,
  isErrorRow,
  orderedRows,
  outputRow,
  type ResultBlock,
  rowIndex,
} from "../../src/mod.ts";
import { type JobRows, jobOf, outputBackend } from "../support/output-backend.ts";

const MAX_ITEMS = 14;

/** What one job of a chain of retries says of each item; undefined: it has no row of it. */
const outcome = fc.option(
  fc.record({
    failed: fc.boolean(),
    id: fc.oneof(
      fc.constant("null"),
      fc.integer().map(String),
      fc.string().map((text) => JSON.stringify(text)),
    ),
    output: fc.oneof(fc.json({ maxDepth: 1 }), fc.constantFrom('",\\"error\\":"', '{"error":1}', '"é漢😀"')),
  }),
  { freq: 3, nil: undefined },
);

const chains = fc.record({
  jobs: fc.array(fc.array(outcome, { maxLength: MAX_ITEMS }), { minLength: 1, maxLength: 4 }),
  blockRows: fc.integer({ min: 1, max: 4 }),
  /** The first so many jobs of the chain have written their output. */
  written: fc.nat(4),
  pieceBytes: fc.integer({ min: 1, max: 200 }),
});

function rowsOf(
  outcomes: readonly (typeof outcome extends fc.Arbitrary<infer Value> ? Value : never)[],
): string[] {
  return outcomes.flatMap((one, index) => {
    if (!one) return [];
    const error = { code: "predictor_error", message: one.output, attempts: 2 };
    return [one.failed ? errorRow(index, one.id, error) : outputRow(index, one.id, one.output)];
  });
}

/** Blocks of rows as a ledger has them; the items of a block follow each other. */
function blocksOf(rows: readonly string[], blockRows: number): readonly ResultBlock[] {
  const blocks: string[][] = [];
  for (const row of rows) {
    const open = blocks.at(-1);
    const isNext = open && open.length < blockRows && rowIndex(open.at(-1) as string) + 1 === rowIndex(row);
    if (isNext) open.push(row);
    else blocks.push([row]);
  }
  return blocks.map((block) => ({
    first: rowIndex(block[0] as string),
    count: block.length,
    rows: block.map((row) => `${row}\n`).join(""),
    failedItems: block.filter(isErrorRow).length,
  }));
}

test("a retry of a retry has one row for each item, the newest, in input order; its manifest counts them", async (t) => {
  await fc.assert(
    fc.asyncProperty(chains, async ({ jobs, blockRows, written, pieceBytes }) => {
      const chain: JobRows[] = jobs.map((outcomes, n) => ({
        job: jobOf(`job-${n}`, n === 0 ? undefined : `job-${n - 1}`),
        blocks: blocksOf(rowsOf(outcomes), blockRows),
      }));
      const { backend, objects } = outputBackend(chain, { pieceBytes });
      for (const { job } of chain.slice(0, written)) await composeOutput(backend, job);
      const newest = new Map<number, string>();
      for (const outcomes of jobs) for (const row of rowsOf(outcomes)) newest.set(rowIndex(row), row);
      const expected = [...newest.entries()].toSorted(([a], [b]) => a - b).map(([, row]) => row);

      const last = (chain.at(-1) as JobRows).job;
      const job = await backend.ledger.jobs.get(last.spec.jobId);
      let text = "";
      for await (const rows of orderedRows(backend, { job })) text += rows;
      assert.equal(text, expected.map((row) => `${row}\n`).join(""));

      const { manifestUri, partUris } = await composeOutput(backend, last);
      const parts = await Promise.all(partUris.map((uri) => objects.read(uri)));
      assert.equal(Buffer.concat(parts).toString(), text);
      const manifest = JSON.parse(Buffer.from(await objects.read(manifestUri)).toString());
      const failed = expected.filter((row) => "error" in JSON.parse(row)).length;
      const { rows, succeeded } = manifest;
      assert.deepEqual(
        [rows, manifest.failed, succeeded],
        [expected.length, failed, expected.length - failed],
      );
    }),
    { numRuns: 500 },
  );
  t.pass();
});
