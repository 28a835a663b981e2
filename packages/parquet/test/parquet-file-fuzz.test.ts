import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { brokenBytes, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { ParquetError } from "../src/mod.ts";
import { FIXTURES, openBytes } from "./support/open-file.ts";

/** Footers may claim any number of rows: no more than these are read. */
const MAX_ROWS = 1_000;

test("a file of any bytes yields the requested rows as JSON, or a clear ParquetError", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const names = (await readdir(FIXTURES)).filter((name) => !name.startsWith("encrypted"));
  const seeds = await Promise.all(names.map((name) => readFile(join(FIXTURES, name))));
  let read = 0;
  let refused = 0;
  const check = async (bytes: Buffer) => {
    try {
      const file = await openBytes(bytes);
      const count = Math.min(MAX_ROWS, file.rows);
      const rows = await file.read(0, count);
      assert.equal(rows.length, count);
      for (const row of rows) JSON.parse(row);
      read += 1;
    } catch (error) {
      if (!(error instanceof ParquetError)) throw error;
      assert.equal(unclearWords(error.message), undefined, error.message);
      refused += 1;
    }
  };
  await fc.assert(fc.asyncProperty(brokenBytes(seeds), check), {
    numRuns: FUZZ_RUNS,
    includeErrorInReport: true,
  });
  t.log(`${read} read, ${refused} refused`);
  t.true(read > 0 && refused > 0);
});
