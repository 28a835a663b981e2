import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { brokenBytes, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import type { ConfigErrorEntry } from "../../src/config/config-error.ts";
import { parseApiConfigs } from "../../src/config/parse-api-configs.ts";
import { isMillraceError } from "../../src/mod.ts";

const EXAMPLES = new URL("../../../../examples/", import.meta.url);
const seeds = ["image-classifier/millrace.yaml", "sum/cortex.yaml"].map((path) =>
  readFileSync(new URL(path, EXAMPLES)),
);
const everything = Buffer.from(`# every field, in several styles
- &first
  name: first
  kind: BatchAPI
  predictor:
    type: python
    path: predictor.py
    config: { model: "s3://bucket/m", threshold: 0.5, list: [1, 'two', ~], nested: {a: {b: [{}]}} }
    env:
      KEY: |
        several
        lines
    python_path: lib
    dependencies: {pip: requirements.txt, conda: conda-packages.txt, shell: dependencies.sh}
  compute: {cpu: 200m, gpu: 1, mem: 2Gi, shm: 64Mi, accelerator: g5, spot: true}
  networking:
    endpoint: first
  job_defaults: {max_attempts: 3, on_failure: isolate, batch_timeout: 600, prefetch: 2}
  webhook: {url: "https://example.com/hook", events: [succeeded, stopped], secret: "0123456789abcdef"}
- <<: *first
  name: second
  networking: {endpoint: second}
`);
const words = [
  "\n",
  "  ",
  "- ",
  ": ",
  "{",
  "}",
  "[",
  "]",
  "&a ",
  "*a",
  "*first",
  "!!set ",
  "? ",
  "|\n",
  "'",
  "\t",
  "~",
  "1e99",
  "---\n",
  "#",
];

test("parseApiConfigs() reads any broken configuration, or says clearly where it is wrong", (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  parseApiConfigs(everything.toString(), { file: "millrace.yaml" });
  let refused = 0;
  fc.assert(
    fc.property(brokenBytes([...seeds, everything, everything], { words }), (bytes) => {
      const text = bytes.toString();
      try {
        parseApiConfigs(text, { file: "millrace.yaml" });
      } catch (error) {
        if (!isMillraceError(error, "invalid_config")) throw error;
        refused += 1;
        checkPlaces(error.details.errors as readonly ConfigErrorEntry[], text);
        const unclear = unclearWords(error.message);
        assert.equal(unclear, undefined, `"${unclear}" is not clear in: ${error.message}`);
      }
    }),
    { numRuns: FUZZ_RUNS, includeErrorInReport: true },
  );
  t.true(refused > FUZZ_RUNS / 10, String(refused));
});

function checkPlaces(errors: readonly ConfigErrorEntry[], text: string): void {
  assert.ok(errors.length > 0);
  const lines = text.split("\n");
  for (const { file, line, column, message } of errors) {
    assert.equal(file, "millrace.yaml");
    const width = lines[line - 1]?.length;
    assert.ok(width !== undefined && column >= 1 && column <= width + 1, `${line}:${column}: ${message}`);
  }
}
