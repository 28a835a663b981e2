import test from "ava";
import fc from "fast-check";
import type { ApiSpec } from "../../src/mod.ts";
import { apiSpecView, parseApiSpecView } from "../../src/schemas.ts";

const path = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?$/);
const webhook = fc.record(
  {
    url: fc.webUrl(),
    events: fc.subarray(["running" as const, "succeeded" as const, "stopped" as const], { minLength: 1 }),
    secret: fc.stringMatching(/^[ -~]{16,40}$/),
  },
  { requiredKeys: ["url", "events"] },
);
const fields = {
  name: fc
    .stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/)
    .filter((name) => name !== "jobs" && name !== "apis"),
  kind: fc.constant("BatchAPI" as const),
  predictor: fc.record(
    {
      type: fc.constant("python" as const),
      path: path.map((name) => `${name}.py`),
      config: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 3 })) as fc.Arbitrary<
        Record<string, unknown>
      >,
      env: fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), fc.stringMatching(/^[ -~]{0,9}$/)),
      pythonPath: path,
      image: fc.stringMatching(/^[a-z]{1,8}:[0-9]$/),
      dependencies: fc.record({ pip: path, conda: path, shell: path }),
    },
    { requiredKeys: ["type", "path", "config", "env", "pythonPath", "dependencies"] },
  ),
  compute: fc.record(
    {
      cpu: fc.integer({ min: 1, max: 64_000 }).map((thousandths) => thousandths / 1_000),
      gpu: fc.integer({ min: 0, max: 128 }),
      memBytes: fc.integer({ min: 2 ** 24, max: 2 ** 45 }),
      shmBytes: fc.integer({ min: 1, max: 2 ** 45 }),
      accelerator: fc.constantFrom("g5", "p4d"),
      spot: fc.boolean(),
    },
    { requiredKeys: ["cpu", "gpu", "spot"] },
  ),
  networking: fc.record({ endpoint: fc.stringMatching(/^[a-z]{1,9}-[a-z]$/) }),
  jobDefaults: fc.record({
    maxAttempts: fc.integer({ min: 1, max: 100 }),
    onFailure: fc.constantFrom("isolate" as const, "fail_batch" as const),
    batchTimeoutSeconds: fc.integer({ min: 1, max: 1_000 }),
    prefetchBatches: fc.integer({ min: 0, max: 100 }),
  }),
};
const required = Object.keys(fields) as (keyof typeof fields)[];
const output = fc.record({ nan: fc.constantFrom("null" as const, "string" as const) });
const spec: fc.Arbitrary<ApiSpec> = fc.record({ ...fields, output, webhook }, { requiredKeys: required });

test("apiSpecView() loses nothing when parseApiSpecView() reads it back after JSON", (t) => {
  fc.assert(
    fc.property(spec, (given) => {
      // No spec has this name: the schema refuses it.
      fc.pre(!JSON.stringify(given.predictor.config).includes("__proto__"));
      const read = parseApiSpecView(JSON.parse(JSON.stringify(apiSpecView(given))));
      t.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(given)));
    }),
    { numRuns: 300 },
  );
});
