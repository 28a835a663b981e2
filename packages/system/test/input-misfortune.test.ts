import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import {
  assertEachOnce,
  deployPython,
  deployTypeScript,
  ECHO_TS,
  type FinishedJob,
  failuresOf,
  finished,
  poll,
  pythonPredict,
  rowsOf,
  runJob,
  sharedPlatform,
  submit,
} from "../src/mod.ts";

const platform = sharedPlatform(test);
test.serial.before("deploy", async () => void (await deployTypeScript(platform(), "echo", ECHO_TS)));

/** Runs a job over files of a directory of its own. */
async function runFiles(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<FinishedJob> {
  const directory = join(platform().files, name);
  await mkdir(directory);
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
  const delimited_files = { s3_paths: [`${directory}/`], batch_size: 2 };
  return runJob(platform(), "echo", { workers: 1, delimited_files });
}

const BAD_FILES = {
  "a malformed line": ['{"n":1}\n{"n":2}\n{"n":3]\n{"n":4}\n', /bad\.ndjson.*line 3/],
  "invalid UTF-8": [
    Buffer.concat([Buffer.from('{"n":1}\n"'), Buffer.of(0xff, 0xfe), Buffer.from('"\n')]),
    /bad\.ndjson.*line 2.*UTF-8/,
  ],
  "an end in the middle of an item": ['{"n":1}\n{"n":', /bad\.ndjson.*line 2/],
} as const;

for (const [what, [content, reason]] of Object.entries(BAD_FILES)) {
  test(`${what} ends the job with enqueue_failed, naming file and line`, async (t) => {
    const job = await runFiles(what.replaceAll(" ", "-"), { "bad.ndjson": content, "a.ndjson": "1\n2\n" });
    t.is(job.status.job_status.status, "enqueue_failed");
    t.is(job.status.job_status.status_reason?.code, "malformed_input");
    t.regex(job.status.job_status.status_reason?.message ?? "", reason);
    t.deepEqual(await rowsOf(job), []);
  });
}

test("a CSV record with the wrong number of fields, or a file that is not gzip, ends the job and is named", async (t) => {
  const csv = await runFiles("csv", { "bad.csv": "a,b\n1,2\n3\n" });
  t.is(csv.status.job_status.status, "enqueue_failed");
  t.regex(csv.status.job_status.status_reason?.message ?? "", /bad\.csv.*(line|record) [23]/);
  const gzip = await runFiles("gzip", { "bad.ndjson.gz": "plain text" });
  t.is(gzip.status.job_status.status, "enqueue_failed");
  t.regex(gzip.status.job_status.status_reason?.message ?? "", /bad\.ndjson\.gz/);
});

test("datasets without items or files end with no_input", async (t) => {
  const empty = await runFiles("empty", { "empty.ndjson": "", "blank.ndjson": "\n\n  \n" });
  t.is(empty.status.job_status.status, "enqueue_failed");
  t.is(empty.status.job_status.status_reason?.code, "no_input");
  const none = await runFiles("none", {});
  t.is(none.status.job_status.status, "enqueue_failed");
  t.is(none.status.job_status.status_reason?.code, "no_input");
});

// Root may read every file.
(process.getuid?.() === 0 ? test.skip : test)("an unreadable file ends the job, named", async (t) => {
  const file = join(platform().files, "secret.ndjson");
  await writeFile(file, "1\n", { mode: 0o000 });
  const delimited_files = { s3_paths: [file], batch_size: 1 };
  const job = await runJob(platform(), "echo", { workers: 1, delimited_files });
  t.is(job.status.job_status.status, "enqueue_failed");
  t.regex(job.status.job_status.status_reason?.message ?? "", /secret\.ndjson/);
});

for (const what of ["changed", "deleted"] as const) {
  test(`input that is ${what} while the job runs leads to error rows, never to wrong outputs`, async (t) => {
    const gate = join(platform().files, `gate-${what}`);
    const source = pythonPredict(
      'while not os.path.exists(self.config["gate"]): time.sleep(0.02)',
      "return payload",
    );
    await deployPython(platform(), what, source);
    const file = join(platform().files, `${what}.ndjson`);
    await writeFile(file, Array.from({ length: 20_000 }, (_, i) => `{"n":${i}}\n`).join(""));
    const delimited_files = { s3_paths: [file], batch_size: 10 };
    const job = await submit(platform(), what, { workers: 1, delimited_files, config: { gate } });
    await poll("running", async () => {
      const { job_status } = await platform().client.job(what, job.jobId);
      return job_status.worker_states[0]?.status === "running";
    });
    if (what === "changed") await appendFile(file, '{"n":-1}\n');
    else await rm(file);
    await writeFile(gate, "");
    const { status } = await finished(job);
    t.is(status.job_status.status, "completed_with_failures");
    const rows = await rowsOf(job);
    assertEachOnce(t, rows, 20_000);
    const failed = rows.filter(({ error }) => error);
    t.true(failed.length > 10_000, `${failed.length} rows failed`);
    const codes = new Set(failed.map(({ error }) => error?.code));
    t.deepEqual([...codes], ["input_changed"]);
    t.true(rows.every(({ index, output, error }) => error ?? (output as { n: number }).n === index));
    const [failure] = await failuresOf(job);
    t.is(failure?.payload, null);
  });
}

test("a line of 50 MB is one item like any other", async (t) => {
  await deployPython(
    platform(),
    "measure",
    pythonPredict("return [len(json.dumps(item)) for item in payload]"),
  );
  const file = join(platform().files, "long.ndjson");
  const stream = createWriteStream(file);
  stream.write('"short"\n"');
  for (let i = 0; i < 50; i++) stream.write("x".repeat(1_000_000));
  stream.end('"\n"last"\n');
  await once(stream, "close");
  const delimited_files = { s3_paths: [file], batch_size: 2 };
  const job = await runJob(platform(), "measure", { workers: 1, delimited_files });
  t.is(job.status.job_status.status, "succeeded");
  t.deepEqual(
    (await rowsOf(job)).map(({ output }) => output),
    [7, 50_000_002, 6],
  );
});
