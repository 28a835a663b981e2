import { execFile } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import test from "ava";
import {
  assertEachOnce,
  DOUBLE_PY,
  deployPython,
  logOf,
  numbers,
  type Platform,
  putInput,
  resultDigest,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../../src/mod.ts";

const EXAMPLE = fileURLToPath(new URL("../../../../examples/image-classifier", import.meta.url));
const MILLRACE = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url));
const IMAGES = 1_797;

const aws = sharedPlatform(test, { aws: true });
const local = sharedPlatform(test);

async function deployExample({ home }: Platform): Promise<void> {
  const args = [
    MILLRACE,
    "deploy",
    join(EXAMPLE, "millrace.yaml"),
    "--api",
    "image-classifier",
    "--home",
    home,
  ];
  await promisify(execFile)(process.execPath, args);
}

test.serial(
  "the demo's job on AWS classifies every image, and returns the same bytes as on one machine",
  async (t) => {
    t.timeout(900_000);
    const images = (await readdir(join(EXAMPLE, "images"))).filter((name) => name.endsWith(".png")).sort();
    const items = images.map((name) => join(EXAMPLE, "images", name));
    const body = { workers: 2, item_list: { items, batch_size: 32 } };
    for (const platform of [aws(), local()]) await deployExample(platform);
    const job = await runJob(aws(), "image-classifier", body, { deadlineMs: 240_000 });
    t.is(job.status.job_status.status, "succeeded", JSON.stringify(job.status.job_status.status_reason));
    assertEachOnce(t, await rowsOf(job), IMAGES);
    const here = await runJob(local(), "image-classifier", body);
    t.is(await resultDigest(job), await resultDigest(here));
    t.regex(await logOf(job), /model ready/);
    // A machine that starts later finds what the first one has installed.
    await rm(aws().aws.config.scratchDirectory, { recursive: true });
    const few = { workers: 1, item_list: { items: items.slice(0, 32), batch_size: 32 } };
    const later = await runJob(aws(), "image-classifier", few);
    t.is(later.status.job_status.status, "succeeded");
    t.regex(await logOf(later), /dependencies come from the version's cache/);
  },
);

test.serial(
  "delimited_files on S3 by prefix and glob, also gzipped, are read in the order of their keys",
  async (t) => {
    await deployPython(aws(), "double", DOUBLE_PY);
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `${from + i}\n`).join("");
    const second = await putInput(aws(), "input/data/b%20c.ndjson", lines(50, 120));
    await putInput(aws(), "input/data/a.ndjson", lines(0, 50));
    await putInput(aws(), "input/data/c.ndjson.gz", new Uint8Array(gzipSync(lines(120, 150))));
    await putInput(aws(), "input/data/skipped.txt", "no number");
    const prefix = second.slice(0, second.indexOf("data/") + "data/".length);
    const files = { s3_paths: [prefix], includes: [`${prefix}*.ndjson`, `${prefix}*.gz`], batch_size: 8 };
    const job = await runJob(aws(), "double", { workers: 2, delimited_files: files });
    t.is(job.status.job_status.status, "succeeded", JSON.stringify(job.status.job_status.status_reason));
    const rows = await rowsOf(job);
    assertEachOnce(t, rows, 150);
    t.true(rows.every(({ index, output }) => output === 2 * index));
  },
);

test.serial("one worker and ten workers return the same bytes", async (t) => {
  await deployPython(aws(), "double", DOUBLE_PY);
  const one = await runJob(aws(), "double", numbers(500, { workers: 1, batch_size: 3 }));
  const ten = await runJob(aws(), "double", numbers(500, { workers: 10, batch_size: 3 }));
  t.is(ten.status.job_status.status, "succeeded");
  t.is(await resultDigest(one), await resultDigest(ten));
  t.is(ten.status.job_status.worker_states.length, 10);
});
