import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { type Platform, resultDigest, rowsOf, runJob, startPlatform } from "../src/mod.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples", import.meta.url));
const MILLRACE = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));
const IMAGES = 1_797;

async function deployExample(platform: Platform, name: string): Promise<void> {
  const args = [MILLRACE, "deploy", join(EXAMPLES, name, "millrace.yaml"), "--home", platform.home];
  await promisify(execFile)(process.execPath, args);
}

const allImages = {
  workers: 2,
  file_path_lister: {
    s3_paths: [join(EXAMPLES, "image-classifier", "images/")],
    includes: ["**/*.png"],
    batch_size: 32,
  },
};

test.serial(
  "image-classifier returns the same bytes in TypeScript, in Python and under Deno, and is correct",
  async (t) => {
    t.timeout(900_000);
    const node = await startPlatform(t);
    await deployExample(node, "image-classifier");
    const typescript = await runJob(node, "image-classifier", allImages);
    const python = await runJob(node, "image-classifier-python", allImages);
    const deno = await startPlatform(t, { runtime: "deno" });
    await deployExample(deno, "image-classifier");
    const onDeno = await runJob(deno, "image-classifier", allImages);
    for (const { status } of [typescript, python, onDeno]) {
      t.is(status.job_status.status, "succeeded", JSON.stringify(status.job_status.status_reason));
    }
    t.is(await resultDigest(python), await resultDigest(typescript));
    t.is(await resultDigest(onDeno), await resultDigest(typescript));
    const [, ...labels] = (await readFile(join(EXAMPLES, "image-classifier", "labels.csv"), "utf8"))
      .trim()
      .split("\n");
    const expected = new Map(labels.map((line) => line.split(",") as [string, string]));
    const rows = await rowsOf(typescript);
    const right = rows.filter(({ id, output }) => {
      return String((output as { label: number }).label) === expected.get(`images/${basename(String(id))}`);
    });
    t.is(rows.length, IMAGES);
    const { all } = JSON.parse(
      await readFile(join(EXAMPLES, "image-classifier", "model", "accuracy.json"), "utf8"),
    );
    t.is(right.length, all.correct, "as measured when the model was trained");
  },
);

test.serial("remote-llm answers every prompt but the empty one, and repeats nothing for it", async (t) => {
  t.timeout(900_000);
  const platform = await startPlatform(t);
  await deployExample(platform, "remote-llm");
  const prompts = join(EXAMPLES, "remote-llm", "prompts.jsonl");
  const submission = { workers: 1, delimited_files: { s3_paths: [prompts], batch_size: 25 } };
  const job = await runJob(platform, "remote-llm", submission);
  const rows = (await rowsOf(job)) as readonly {
    id: unknown;
    output?: { answer: string };
    error?: { code: string };
  }[];
  t.deepEqual(
    rows.map(({ id, output, error }) => [id, error?.code ?? output?.answer]),
    Array.from({ length: 200 }, (_, i) => [`prompt-${i}`, i === 17 ? "bad_request" : `${(i % 9) + 1} words`]),
  );
  const attempts = job.status.metrics.items;
  t.deepEqual([attempts.succeeded, attempts.failed], [199, 1]);
});

test.serial("image-embeddings gives every image its vector, and the broken ones their errors", async (t) => {
  t.timeout(900_000);
  const platform = await startPlatform(t);
  await deployExample(platform, "image-embeddings");
  const broken = join(EXAMPLES, "image-embeddings", "broken/");
  const { file_path_lister, ...rest } = allImages;
  const s3_paths = [...file_path_lister.s3_paths, broken];
  const job = await runJob(platform, "image-embeddings", {
    ...rest,
    file_path_lister: { ...file_path_lister, s3_paths },
  });
  const rows = (await rowsOf(job)) as readonly {
    id: string;
    output?: readonly number[];
    error?: { code: string; attempts: number };
  }[];
  t.is(rows.length, IMAGES + 3);
  const failed = rows.filter(({ error }) => error).map(({ id, error }) => [basename(id), error?.code]);
  t.deepEqual(failed, [
    ["cut-off.png", "broken_image"],
    ["not-an-image.png", "broken_image"],
    ["too-large.png", "wrong_size"],
  ]);
  const vectors = rows.flatMap(({ output }) => (output ? [output] : []));
  t.true(vectors.every((vector) => vector.length === 96 && Math.abs(dot(vector, vector) - 1) < 1e-5));
  t.true((await nearestOfSameDigit(vectors)) >= 95);
});

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

/** For how many of the first hundred images the nearest other vector is of the same digit. */
async function nearestOfSameDigit(vectors: readonly (readonly number[])[]): Promise<number> {
  const text = await readFile(join(EXAMPLES, "image-classifier", "labels.csv"), "utf8");
  const [, ...lines] = text.trim().split("\n");
  const labels = lines.map((line) => line.split(",")[1]);
  let right = 0;
  for (let at = 0; at < 100; at++) {
    const similarity = vectors.map((other, i) => (i === at ? -1 : dot(vectors[at] as number[], other)));
    if (labels[similarity.indexOf(Math.max(...similarity))] === labels[at]) right += 1;
  }
  return right;
}

test.serial("aggregate-webhook sums every batch once and calls the webhook once", async (t) => {
  const calls: { body: unknown; key: string | string[] | undefined }[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    calls.push({
      body: JSON.parse(Buffer.concat(chunks).toString()),
      key: request.headers["idempotency-key"],
    });
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const platform = await startPlatform(t);
  await deployExample(platform, "aggregate-webhook");
  const { port } = server.address() as AddressInfo;
  const job = await runJob(platform, "aggregate-webhook", {
    workers: 2,
    delimited_files: {
      s3_paths: [join(EXAMPLES, "aggregate-webhook", "data/")],
      includes: ["**/*.ndjson"],
      batch_size: 16,
    },
    config: { output_dir: join(platform.files, "partials"), webhook_url: `http://127.0.0.1:${port}/` },
  });
  t.is(job.status.job_status.status, "succeeded", JSON.stringify(job.status.job_status.status_reason));
  t.is(calls.length, 1);
  t.is(calls[0]?.key, job.jobId);
  t.like(calls[0]?.body, { job_id: job.jobId, sales: 120, amount_cents: 162_811 });
});
