import { symlinkSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { composeOutput } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { type Harness, startHarness, temporaryDirectory } from "../helpers/harness.ts";

/** Writes files, runs a job over their folder to its end, and gives its status and log. */
async function runOver(
  harness: Harness,
  directory: string,
  options: { readonly fields?: object; readonly kind?: "delimited_files" | "file_path_lister" } = {},
) {
  const { fields, kind = "delimited_files" } = options;
  const dataset = { s3_paths: [`${directory}/`], batch_size: 2, ...fields };
  const { job_id } = await harness.submit({ workers: 1, [kind]: dataset });
  const { job_status, metrics } = await harness.over(job_id);
  const answer = await (await harness.call(`/sum/${job_id}/logs`)).text();
  const log = answer.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).text]));
  return { jobId: job_id, job: job_status, metrics, log: log.join("\n") };
}

async function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory(t);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(directory, name, ".."), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return directory;
}

test("a job's log has each warning about its input, and what was skipped", async (t) => {
  const harness = await startHarness(t);
  const directory = await folder(t, {
    "a.csv": ",id\n0,1\n",
    "b.csv": '{"n":1}\n{"n":2}\n',
    "c.json": "[1,2]",
    ".DS_Store": "\0\0",
    _SUCCESS: "",
    ".crc/a.crc": "x",
  });
  const { job, metrics, log } = await runOver(harness, directory);
  t.is(job.status, "succeeded");
  t.is(metrics.items.total, 4);
  t.regex(log, /a\.csv": in the header, column 1 has no name, it is read as "column_1"/);
  t.regex(log, /b\.csv": its name says CSV, but it contains JSON/);
  t.regex(log, /c\.json": it holds an array of values other than objects/);
  t.regex(log, /Enqueued 4 items in 2 batches from 3 objects; skipped 2 hidden files and 1 hidden directory/);
});

test("a dangling link ends the job and is named; with skip_unreadable it is skipped, named and counted", async (t) => {
  const harness = await startHarness(t);
  const directory = await folder(t, { "a.ndjson": "1\n" });
  symlinkSync("/mnt/not-mounted/b.ndjson", join(directory, "b.ndjson"));
  await writeFile(Buffer.from(`${directory}/d\xfc.ndjson`, "latin1"), "5\n");
  for (const kind of ["delimited_files", "file_path_lister"] as const) {
    const refused = await runOver(harness, directory, { kind });
    t.is(refused.job.status, "enqueue_failed");
    t.is(refused.job.status_reason?.code, "object_unreadable");
    t.regex(
      refused.job.status_reason?.message ?? "",
      /(b|d.)\.ndjson": it (is a link|has a name).*"skip_unreadable": true/,
    );
    const { job, metrics, log } = await runOver(harness, directory, {
      kind,
      fields: { skip_unreadable: true },
    });
    t.is(job.status, "succeeded");
    t.is(metrics.items.total, 1);
    t.regex(
      log,
      /Skipped ".*b\.ndjson": it is a link to "\/mnt\/not-mounted\/b\.ndjson", which is not there/,
    );
    t.regex(log, /Skipped ".*d\ufffd\.ndjson": it has a name that is not UTF-8/);
    t.regex(log, /Enqueued 1 item in 1 batch .*; skipped 2 unreadable entries/);
  }
});

test("include_hidden includes what is skipped otherwise, and json_arrays and nan reach the worker", async (t) => {
  const harness = await startHarness(t);
  const directory = await folder(t, { ".a.json": "[NaN, 1]", "b.json": "-Infinity" });
  const fields = { include_hidden: true, json_arrays: "items", nan: "string" };
  const { jobId, job, metrics } = await runOver(harness, directory, { fields });
  t.is(job.status, "succeeded");
  t.is(metrics.items.total, 3);
  const sources = await harness.backend.ledger.batches.sources(jobId);
  t.deepEqual(
    sources.map(({ format, nan }) => [format, nan]),
    [
      ["json-array", "string"],
      ["ndjson", "string"],
    ],
  );
});

test("allow_empty ends a job over nothing with 0 items and an empty, complete output", async (t) => {
  const harness = await startHarness(t);
  const empty = await folder(t, { ".hidden": "1" });
  const blank = await folder(t, { "a.ndjson": "\n", "b.csv": "a,b\n", "c.json": "[]" });
  const cases = [
    [empty, "delimited_files"],
    [join(empty, "none"), "delimited_files"],
    [empty, "file_path_lister"],
    [blank, "delimited_files"],
  ] as const;
  for (const [directory, kind] of cases) {
    const refused = await runOver(harness, directory, { kind });
    t.is(refused.job.status_reason?.code, "no_input");
    const { jobId, job, metrics } = await runOver(harness, directory, {
      kind,
      fields: { allow_empty: true },
    });
    t.is(job.status, "succeeded");
    t.like(metrics.items, { total: 0, succeeded: 0, failed: 0 });
    t.is(job.total_batch_count, 0);
    const manifest = JSON.parse(await readFile(job.output?.manifest ?? "", "utf8"));
    t.like(manifest, { status: "succeeded", rows: 0, complete: true, parts: [] });
    t.is(await (await harness.call(`/sum/${jobId}/results`)).text(), "");
    t.is(job.worker_states.length, 0);
  }
});

test("a job's output folder can be used as input, without its manifest", async (t) => {
  const harness = await startHarness(t);
  const directory = await folder(t, { "a.ndjson": "1\n2\n3\n" });
  const first = await runOver(harness, directory);
  // The worker of these tests writes no manifest.
  const { manifestUri } = await composeOutput(
    harness.backend,
    await harness.backend.ledger.jobs.get(first.jobId),
  );
  const output = join(manifestUri, "..");
  const second = await runOver(harness, output);
  t.is(second.metrics.items.total, 3);
  t.regex(second.log, /from 1 object; skipped 1 manifest of a job's output/);
  const empty = await folder(t, {});
  const none = await runOver(harness, empty, { fields: { allow_empty: true } });
  const over = join(none.job.output?.manifest ?? "", "..");
  const third = await runOver(harness, over, { fields: { allow_empty: true } });
  t.is(third.metrics.items.total, 0);
});

test("dry runs list like a job, say what would be skipped, and refuse what a job refuses", async (t) => {
  const { post } = await startHarness(t);
  const directory = await folder(t, { "a.json": "1", ".b/c": "2", _SUCCESS: "" });
  symlinkSync("nowhere", join(directory, "d.json"));
  const dataset = { s3_paths: [`${directory}/`], batch_size: 1 };
  const refused = await post("/sum?dryRun=true", { workers: 1, delimited_files: dataset });
  t.is(refused.status, 422);
  t.regex(await refused.text(), /d\.json.*which is not there.*skip_unreadable/);
  const skipping = { ...dataset, skip_unreadable: true };
  const listed = await post("/sum?dryRun=true", { workers: 1, delimited_files: skipping });
  t.deepEqual((await listed.text()).split("\n"), [
    `${directory}/a.json`,
    `skipped "${directory}/d.json": it is a link to "nowhere", which is not there`,
    "skipped 1 hidden file, 1 hidden directory and 1 unreadable entry",
    "validations passed",
    "",
  ]);
});
