import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMillraceError } from "@millrace/core";
import { brokenTarGz, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { contentsOf, temporaryDirectory } from "./archives.ts";

const LIMITS = { limitBytes: 50_000, limitFiles: 6 };
/** Half a format's: the service, which reads archives by this, takes the other half. */
const RUNS = FUZZ_RUNS / 2;

test("readArchive() reads any broken archive, or refuses it with a clear message", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const path = join(temporaryDirectory(t), "a.tar.gz");
  let read = 0;
  await fc.assert(
    fc.asyncProperty(brokenTarGz, async (bytes) => {
      writeFileSync(path, bytes);
      try {
        const contents = Object.entries(await contentsOf(path, LIMITS));
        assert.ok(contents.length <= LIMITS.limitFiles + 1);
        assert.ok(contents.reduce((sum, [, text]) => sum + text.length, 0) <= LIMITS.limitBytes);
        read += 1;
      } catch (error) {
        if (!isMillraceError(error, "invalid_archive")) throw error;
        const unclear = unclearWords(error.message);
        assert.equal(unclear, undefined, `"${unclear}" is not clear in: ${error.message}`);
      }
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  t.true(read > RUNS / 20, String(read));
});
