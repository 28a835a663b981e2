import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { assertScaledToZero, type Platform, poll, startPlatform } from "../src/mod.ts";

const EXAMPLE = fileURLToPath(new URL("../../../examples/sum", import.meta.url));
const MILLRACE = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));

test("an unmodified Cortex project deploys with its cortex.yaml and answers Cortex's requests", async (t) => {
  const platform = await deployExample(t);
  const body = await readFile(join(EXAMPLE, "sample.json"), "utf8");
  const submitted = await request(platform, "POST", "/sum", body);
  t.like(submitted.json, { api_name: "sum", kind: "BatchAPI", workers: 1, config: {}, timeout: null });
  t.regex(String(submitted.json.created_time), /^\d{4}-\d\d-\d\dT/);
  const jobId = String(submitted.json.job_id);
  const status = await poll("the end of the job", async () => {
    const { json } = await request(platform, "GET", `/sum?jobID=${jobId}`);
    return (json.job_status as Json).end_time ? json : undefined;
  });
  t.like(status, {
    job_status: {
      job_id: jobId,
      status: "succeeded",
      batches_in_queue: 0,
      total_batch_count: 3,
      worker_counts: { succeeded: 1 },
    },
    metrics: { succeeded: 3, failed: 0 },
    endpoint: `${platform.url}/sum`,
  });
  const { text } = await request(platform, "GET", `/sum/${jobId}/results`);
  t.deepEqual(
    text
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Json).output),
    [6, 60, 0, 0.75, 0, 100],
  );
  await assertScaledToZero(t, platform);
});

test("DELETE with ?jobID= stops a Cortex job, and dryRun lists its files and starts nothing", async (t) => {
  const platform = await deployExample(t);
  for (const name of ["one.ndjson", "two.ndjson", "three.txt"]) {
    await writeFile(join(platform.files, name), "[1]\n".repeat(200_000));
  }
  const files = { s3_paths: [`${platform.files}/`], includes: [`${platform.files}/*.ndjson`], batch_size: 1 };
  const body = JSON.stringify({ workers: 1, delimited_files: files });
  const dry = await request(platform, "POST", "/sum?dryRun=true", body);
  t.is(dry.text.trim(), `${platform.files}/one.ndjson\n${platform.files}/two.ndjson\nvalidations passed`);
  t.deepEqual((await request(platform, "GET", "/jobs")).json.jobs, []);

  const jobId = String((await request(platform, "POST", "/sum", body)).json.job_id);
  const stopped = await request(platform, "DELETE", `/sum?jobID=${jobId}`);
  t.deepEqual(stopped.json, { message: `stopped job ${jobId}` });
  const { json } = await request(platform, "GET", `/sum/${jobId}`);
  t.is((json.job_status as Json).status, "stopped");
  await assertScaledToZero(t, platform);
});

test("a submission that Cortex would refuse is refused with the field and the value", async (t) => {
  const platform = await deployExample(t);
  const items = { items: [1], batch_size: 0 };
  const refused = await request(platform, "POST", "/sum", JSON.stringify({ workers: 1, item_list: items }));
  t.is(refused.status, 422);
  t.like(refused.json, { code: "invalid_submission", field: "item_list.batch_size" });
  t.regex(String(refused.json.detail), /item_list[:.] ?batch_size.*0/);
  const response = await fetch(`${platform.url}/sum`, { method: "POST", body: "{}" });
  t.is(response.status, 401);
});

/** A copy of the example, deployed by the command line from another directory. */
async function deployExample(t: ExecutionContext): Promise<Platform> {
  const platform = await startPlatform(t);
  const project = join(platform.files, "sum");
  await cp(EXAMPLE, project, { recursive: true });
  const args = [MILLRACE, "deploy", join(project, "cortex.yaml"), "--home", platform.home];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: platform.files });
  t.regex(stdout, /deployed sum/);
  return platform;
}

type Json = Readonly<Record<string, unknown>>;

/** What curl would send. */
async function request(platform: Platform, method: string, path: string, body?: string) {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${platform.token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const isLines = response.headers.get("content-type")?.includes("ndjson");
  return { status: response.status, text, json: (isJson && !isLines ? JSON.parse(text) : {}) as Json };
}
