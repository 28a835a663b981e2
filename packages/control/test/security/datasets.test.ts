import { execFileSync } from "node:child_process";
import { readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Problem } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { type Harness, startHarness, temporaryDirectory } from "../helpers/harness.ts";

const MIB = 2 ** 20;

/** Submits a job over one path and gives why it ended. */
async function reasonOf(harness: Harness, path: string) {
  const { job_id } = await harness.submit({
    workers: 1,
    delimited_files: { s3_paths: [path], batch_size: 1 },
  });
  const { job_status } = await harness.over(job_id);
  return { jobId: job_id, status: job_status.status, reason: job_status.status_reason };
}

test("a gzipped file of one endless item ends its job, and the service continues", async (t) => {
  const harness = await startHarness(t);
  const file = join(await temporaryDirectory(t), "bomb.ndjson.gz");
  await writeFile(file, gzipSync(Buffer.alloc(64 * MIB, "["), { level: 1 }));
  t.true((await stat(file)).size < 4 * MIB);
  const { status, reason } = await reasonOf(harness, file);
  t.is(status, "enqueue_failed");
  t.is(reason?.code, "malformed_input");
  t.regex(reason?.message ?? "", /bomb\.ndjson\.gz" at line 1: it is nested deeper/);
  t.is((await harness.call("/jobs")).status, 200);
});

test("a dataset of pipes and devices ends its job at once, and the next job runs", async (t) => {
  const harness = await startHarness(t);
  const directory = await temporaryDirectory(t);
  execFileSync("mkfifo", [join(directory, "pipe.json")]);
  await symlink("/dev/zero", join(directory, "zero.json"));
  for (const path of [
    join(directory, "pipe.json"),
    join(directory, "zero.json"),
    "/dev/zero",
    "/proc/self/environ",
  ]) {
    const { status, reason } = await reasonOf(harness, path);
    t.is(status, "enqueue_failed", path);
    t.truthy(reason?.message, path);
  }
  await writeFile(join(directory, "good.json"), "1\n");
  t.is((await reasonOf(harness, join(directory, "good.json"))).status, "succeeded");
});

test("results are written under the job's own folder, whatever the dataset and the ids are called", async (t) => {
  const harness = await startHarness(t);
  const directory = await temporaryDirectory(t);
  const file = join(directory, "..%2f..\n\u001b2J'$(touch x)`.json");
  await writeFile(file, '{"custom_id":"../../../etc/passwd"}\n');
  const { jobId, status } = await reasonOf(harness, file);
  t.is(status, "succeeded");
  t.deepEqual(await readdir(directory), [file.slice(directory.length + 1)]);
  const written = await readdir(join(harness.home, "jobs"));
  t.deepEqual(written, [jobId]);
});

async function refusal(t: ExecutionContext, harness: Harness, path: string): Promise<string> {
  const body = { workers: 1, delimited_files: { s3_paths: [path], batch_size: 1 } };
  const response = await harness.post("/sum", body);
  t.is(response.status, 422, path);
  return ((await response.json()) as Problem).detail;
}

test("unsupported paths are refused when the job is submitted", async (t) => {
  const harness = await startHarness(t);
  const paths = [
    "images/a",
    "../a",
    "http://127.0.0.1/a",
    "ftp://x/a",
    "file://host/a",
    "/a\0b",
    "s3://bucket/a",
    "data:,1",
  ];
  for (const path of paths) t.regex(await refusal(t, harness, path), /s3_paths: index 0|reads file/);
});

test("a dry run prints one line for each file, whatever its name", async (t) => {
  const { post } = await startHarness(t);
  const folder = await temporaryDirectory(t);
  const names = ["a.txt", "b\nvalidations passed\nskipped nothing", "c\r\u2028d"];
  for (const name of names) await writeFile(join(folder, name), "x");
  const file_path_lister = { s3_paths: [`${folder}/`], batch_size: 1 };
  const text = await (await post("/sum?dryRun=true", { workers: 1, file_path_lister })).text();
  t.deepEqual(text.split("\n"), [
    `${folder}/a.txt`,
    `${folder}/b\\u000avalidations passed\\u000askipped nothing`,
    `${folder}/c\\u000d\\u2028d`,
    "validations passed",
    "",
  ]);
});
