import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import {
  deployPython,
  deployTypeScript,
  ECHO_TS,
  leftovers,
  numbers,
  poll,
  pythonPredict,
  resultText,
  rowsOf,
  runJob,
  serviceCommand,
  sharedPlatform,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

test("a Python predictor's input and output keep every digit and every character", async (t) => {
  await deployPython(platform(), "echo-py", pythonPredict("return payload"));
  const lines = [
    '{"custom_id":"a \\"b\\" ü","big":123456789012345678901234567890}',
    '{"line":"\\u2028","nul":"\\u0000","face":"😀"}',
    '"\\ud800"',
    "[[[[[]]]]]",
    "null",
    '""',
    "-0.0",
    "1e300",
  ];
  const file = join(platform().files, "values.ndjson");
  await writeFile(file, `${lines.join("\n")}\n`);
  const job = await runJob(platform(), "echo-py", {
    workers: 1,
    delimited_files: { s3_paths: [file], batch_size: 3 },
  });
  t.is(job.status.job_status.status, "succeeded");
  const rows = await rowsOf(job);
  t.deepEqual(
    rows.map(({ output }) => output),
    lines.map((line) => JSON.parse(line)),
  );
  t.is(rows[0]?.id, 'a "b" ü');
  t.regex(await resultText(job), /123456789012345678901234567890/);
});

test("outputs are taken as Python makes them, and output.nan says what becomes of NaN", async (t) => {
  const source = pythonPredict(
    "import array, datetime, decimal",
    "return {'v': array.array('d', payload), 'at': [datetime.date(2024, 1, item) for item in payload],",
    "        'n': [float('nan') if item == 2 else decimal.Decimal(item) for item in payload]}",
  );
  await deployPython(platform(), "rich-py", source, { output: { nan: "null" } });
  const outputs = async (more: object) =>
    (await rowsOf(await runJob(platform(), "rich-py", numbers(3, { batch_size: 3, ...more })))).map(
      ({ output, error }) => output ?? error?.message,
    );
  const row = (v: number, n: unknown) => ({ v, at: `2024-01-0${v}`, n });
  const items = { item_list: { items: [1, 2, 3], batch_size: 3 } };
  t.deepEqual(await outputs(items), [row(1, 1), row(2, null), row(3, 3)]);
  t.deepEqual(await outputs({ ...items, output: { nan: "string" } }), [row(1, 1), row(2, "NaN"), row(3, 3)]);
  t.deepEqual(await outputs({ ...items, output: { nan: "error" }, max_attempts: 1 }), [
    row(1, 1),
    "InvalidOutputError: Cannot use the output of predict: output[0].n is nan, expected a finite number or None: set output.nan to get it as null or as a string",
    row(3, 3),
  ]);
});

test("paths with spaces, quotes, line breaks and any script are listed, opened and used as ids", async (t) => {
  const open = pythonPredict("return [open(path, encoding='utf8').read() for path in payload]");
  await deployPython(platform(), "open", open);
  const directory = join(platform().files, "odd names");
  await mkdir(directory);
  const names = ['a "quoted".txt', "b\nbreak.txt", "c#?%20.txt", "d ü 漢字 😀.txt", "e'[x]*.txt"];
  for (const name of names) await writeFile(join(directory, name), name);
  const job = await runJob(platform(), "open", {
    workers: 1,
    file_path_lister: { s3_paths: [`${directory}/`], batch_size: 2 },
  });
  t.is(job.status.job_status.status, "succeeded");
  const rows = await rowsOf(job);
  t.deepEqual(
    rows.map(({ id, output }) => [id, output]),
    names.map((name) => [join(directory, name), name]),
  );
});

test("the same idempotency key returns the same job, also for ten requests at once", async (t) => {
  await deployTypeScript(platform(), "echo-ts", ECHO_TS);
  const ask = () => platform().client.submit("echo-ts", numbers(10), { idempotencyKey: "once" });
  const jobs = await Promise.all(Array.from({ length: 10 }, ask));
  t.is(new Set(jobs.map(({ job_id }) => job_id)).size, 1);
});

test("deleting an API with force stops its running job, and the job's results can still be read", async (t) => {
  const platform = await startPlatform(t);
  const source = pythonPredict("while payload[0] >= 50: time.sleep(1)", "return payload");
  await deployPython(platform, "doomed", source);
  const job = await submit(platform, "doomed", numbers(100));
  await poll("the first half", async () => (await rowsOf(job)).length === 50);
  await t.throwsAsync(platform.client.deleteApi("doomed"), { message: /1 job is not over/ });
  await platform.client.deleteApi("doomed", { force: true });
  await poll("the end of all processes", async () => leftovers(platform.home).length === 0);
  t.is((await statusOf(job)).job_status.status, "stopped");
  t.is((await rowsOf(job)).length, 50);
});

test("a second service on the same home is refused, and the first continues", async (t) => {
  const [program, ...args] = serviceCommand("node");
  const env = { ...process.env, MILLRACE_HOME: platform().home, MILLRACE_PORT: "0" };
  const error = await t.throwsAsync<Error & { code?: number; stderr?: string }>(
    promisify(execFile)(program, args, { env }),
  );
  t.is(error?.code, 75);
  t.regex(error?.stderr ?? "", /in use|runs already|another/);
  t.true(await platform().client.ready());
});
