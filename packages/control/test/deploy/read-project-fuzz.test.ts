import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMillraceError } from "@millrace/core";
import { brokenTarGz, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { readProject } from "../../src/deploy/read-project.ts";
import { temporaryDirectory } from "../helpers/harness.ts";

/** Half a format's: the worker's reader takes the other half. */
const RUNS = FUZZ_RUNS / 2;

test("readProject() reads any broken archive, or refuses it with a clear message", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const path = join(await temporaryDirectory(t), "a.tar.gz");
  let read = 0;
  await fc.assert(
    fc.asyncProperty(brokenTarGz, async (bytes) => {
      writeFileSync(path, bytes);
      try {
        const { files } = await readProject(path, { configPath: "millrace.yaml", limitBytes: 50_000 });
        assert.ok(files.some((file) => file.path === "millrace.yaml"));
        read += 1;
      } catch (error) {
        if (!isMillraceError(error, "invalid_archive") && !isMillraceError(error, "invalid_config"))
          throw error;
        const unclear = unclearWords(error.message);
        assert.equal(unclear, undefined, `"${unclear}" is not clear in: ${error.message}`);
      }
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  // About one in a hundred is whole.
  t.true(read > RUNS / 300, String(read));
});
