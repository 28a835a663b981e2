import test from "ava";
import {
  assertEachOnce,
  deployPython,
  deployTypeScript,
  ECHO_TS,
  numbers,
  pythonPredict,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

for (const workers of [1, 3]) {
  test(`an item that kills its worker every time is isolated when there are ${workers} workers`, async (t) => {
    const source = pythonPredict(
      "if 13 in payload:",
      "    os.kill(os.getppid(), signal.SIGKILL)",
      "    time.sleep(60)",
      "return payload",
    );
    await deployPython(platform(), `killer-${workers}`, source);
    const job = await runJob(platform(), `killer-${workers}`, numbers(40, { workers, batch_size: 8 }), {
      deadlineMs: 120_000,
    });
    t.is(job.status.job_status.status, "completed_with_failures");
    const rows = await rowsOf(job);
    assertEachOnce(t, rows, 40);
    t.deepEqual(
      rows.filter(({ error }) => error).map(({ index, error }) => [index, error?.code]),
      [[13, "predictor_crashed"]],
    );
  });
}

test("eager_start runs batches while the dataset is still being split", async (t) => {
  await deployTypeScript(platform(), "eager", ECHO_TS);
  const job = await runJob(
    platform(),
    "eager",
    numbers(50_000, { batch_size: 5, workers: 2, eager_start: true }),
  );
  t.is(job.status.job_status.status, "succeeded");
  assertEachOnce(t, await rowsOf(job), 50_000);
});
