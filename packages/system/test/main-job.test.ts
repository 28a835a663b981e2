import { appendFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  DOUBLE_PY,
  DOUBLE_TS,
  deployPython,
  deployTypeScript,
  ECHO_TS,
  finished,
  numbers,
  poll,
  rowsOf,
  runJob,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

test("concurrent jobs of a Python and a TypeScript API return one row per item, and leave no process", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "double-py", DOUBLE_PY);
  await deployTypeScript(platform, "double-ts", DOUBLE_TS);
  const submissions = [
    ["double-py", numbers(1_000, { workers: 3, batch_size: 7 })],
    ["double-ts", numbers(1_000, { workers: 2, batch_size: 7 })],
    ["double-py", numbers(50, { batch_size: 50, config: { factor: 3 } })],
  ] as const;
  const jobs = await Promise.all(submissions.map(([api, body]) => runJob(platform, api, body)));
  for (const [i, job] of jobs.entries()) {
    const rows = await rowsOf(job);
    const count = submissions[i]?.[1].item_list?.items.length ?? 0;
    assertEachOnce(t, rows, count);
    const factor = i === 2 ? 3 : 2;
    t.true(rows.every(({ index, output }) => output === index * factor));
    const { job_status, metrics } = job.status;
    t.is(job_status.status, "succeeded");
    t.is(job_status.batches_in_queue, 0);
    t.deepEqual(metrics.items, { total: count, succeeded: count, failed: 0 });
    t.is(metrics.succeeded, job_status.total_batch_count ?? -1);
  }
  await assertScaledToZero(t, platform);
});

test("delimited_files reads NDJSON, CSV and gzipped files in order, with their custom_id as id", async (t) => {
  const platform = await startPlatform(t);
  await deployTypeScript(platform, "echo", ECHO_TS);
  const directory = join(platform.files, "rows");
  await mkdir(directory);
  await writeFile(join(directory, "a.ndjson"), '{"custom_id":"first","n":1}\n\n{"n":2}{"n":3}\n');
  await writeFile(join(directory, "b.csv"), 'name,text\nx,"two\nlines"\ny,"a ""quote"""\n');
  await writeFile(join(directory, "c.ndjson.gz"), gzipSync('{"n":4}\n{"n":5}'));
  await writeFile(join(directory, "ignored.txt"), "not JSON");
  const job = await runJob(platform, "echo", {
    workers: 2,
    delimited_files: { s3_paths: [`${directory}/`], excludes: [`${directory}/*.txt`], batch_size: 2 },
  });
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, 7);
  t.deepEqual(
    rows.map(({ output }) => output),
    [
      { custom_id: "first", n: 1 },
      { n: 2 },
      { n: 3 },
      { name: "x", text: "two\nlines" },
      { name: "y", text: 'a "quote"' },
      { n: 4 },
      { n: 5 },
    ],
  );
  t.is(rows[0]?.id, "first");
  await assertScaledToZero(t, platform);
});

test("file_path_lister gives the predictor paths that it can open, and uses them as ids", async (t) => {
  const platform = await startPlatform(t);
  const open =
    "class PythonPredictor:\n    def predict(self, payload):\n        return [open(path).read() for path in payload]\n";
  await deployPython(platform, "open", open);
  const directory = join(platform.files, "texts");
  await mkdir(join(directory, "deep"), { recursive: true });
  for (const name of ["b.txt", "a.txt", "deep/c.txt", "d.md"]) {
    await writeFile(join(directory, name), `text of ${name}`);
  }
  const files = { s3_paths: [`file://${directory}`], includes: ["**.txt"], batch_size: 2 };
  const job = await runJob(platform, "open", { workers: 1, file_path_lister: files });
  const rows = await rowsOf(job);
  t.deepEqual(
    rows.map(({ id, output }) => [id, output]),
    ["a.txt", "b.txt", "deep/c.txt"].map((name) => [join(directory, name), `text of ${name}`]),
  );
});

test("on_job_complete runs exactly once with 3 workers, after every batch", async (t) => {
  const platform = await startPlatform(t);
  const note = join(platform.files, "notes.txt");
  appendFileSync(note, "");
  const source = `
import os
class PythonPredictor:
    def __init__(self, config):
        self.note = config["note"]
    def write(self, word):
        with open(self.note, "a") as file:
            file.write(word + "\\n")
    def predict(self, payload):
        self.write("batch")
        return payload
    def on_job_complete(self):
        self.write("complete")
`;
  await deployPython(platform, "hook", source);
  const job = await runJob(platform, "hook", numbers(90, { workers: 3, batch_size: 3, config: { note } }));
  t.is(job.status.job_status.status, "succeeded");
  const words = (await readFile(note, "utf8")).trim().split("\n");
  t.deepEqual(
    [words.length, words.filter((word) => word === "complete").length, words.at(-1)],
    [31, 1, "complete"],
  );
});

test("results are readable while the job runs", async (t) => {
  const platform = await startPlatform(t);
  const gate = join(platform.files, "gate");
  const source = `
import os, time
class PythonPredictor:
    def __init__(self, config):
        self.gate = config["gate"]
    def predict(self, payload):
        while payload[0] >= 50 and not os.path.exists(self.gate):
            time.sleep(0.02)
        return payload
`;
  await deployPython(platform, "gated", source);
  const job = await submit(platform, "gated", numbers(100, { config: { gate } }));
  const early = await poll("the first rows", async () => {
    const rows = await rowsOf(job);
    return rows.length === 50 && rows;
  });
  assertEachOnce(t, early, 50);
  t.is((await statusOf(job)).job_status.status, "running");
  await writeFile(gate, "");
  assertEachOnce(t, await rowsOf(await finished(job)), 100);
});
