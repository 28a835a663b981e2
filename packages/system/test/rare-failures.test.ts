import test from "ava";
import {
  assertEachOnce,
  deployPython,
  numbers,
  pythonPredict,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

const REFUSE = pythonPredict(
  'every, until = self.config["every"], self.config.get("until", 10**9)',
  "if any(item % every == 0 and item < until for item in payload):",
  '    raise ValueError("refused")',
  "return payload",
);

const DATASETS = {
  "one item of ten, so that no whole batch succeeds": { items: 3_200, config: { every: 10 } },
  "every item of the first two batches": { items: 640, config: { every: 1, until: 128 } },
} as const;

for (const [what, { items, config }] of Object.entries(DATASETS)) {
  for (const maxAttempts of [1, 3]) {
    test(`a predictor that refuses ${what} does not end the job early when max_attempts is ${maxAttempts}`, async (t) => {
      const name = `refuse-${items}-${maxAttempts}`;
      await deployPython(platform(), name, REFUSE);
      const body = numbers(items, { batch_size: 64, workers: 2, config, max_attempts: maxAttempts });
      const job = await runJob(platform(), name, body);
      t.is(job.status.job_status.status, "completed_with_failures");
      const rows = await rowsOf(job);
      assertEachOnce(t, rows, items);
      const until = "until" in config ? config.until : items;
      const isRefused = (index: number) => index % config.every === 0 && index < until;
      t.true(rows.every(({ index, error }) => (error !== undefined) === isRefused(index)));
    });
  }
}
