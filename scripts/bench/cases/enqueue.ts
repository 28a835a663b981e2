import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Measurement } from "../measure.ts";
import { deploy, type Platform, peakMib, startPlatform } from "../platform.ts";

const LINES = 5_000_000;
const FEW_LINES = 50_000;
const BATCH_SIZE = 64;
const PROJECT = {
  "millrace.yaml":
    "- { name: idle, kind: BatchAPI, predictor: { type: typescript, path: idle.ts }, compute: { gpu: 64 } }\n",
  "idle.ts": "export class Predictor { predict() {} }\n",
};

/** Splitting newline-delimited JSON of about 100 bytes a line into batches, against reading and parsing the same lines. */
export async function enqueue(_: Platform, options: { readonly rounds: number }): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-lines-"));
  try {
    const many = join(folder, "many.ndjson");
    const few = join(folder, "few.ndjson");
    await writeLines(many, LINES);
    await writeLines(few, FEW_LINES);
    const ours: number[] = [];
    const peer: number[] = [];
    const memoryMany: number[] = [];
    const memoryFew: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      peer.push(LINES / (await parseSeconds(many)));
      memoryFew.push((await enqueueOnce(few)).mib);
      const { seconds, mib } = await enqueueOnce(many);
      ours.push(LINES / seconds);
      memoryMany.push(mib);
    }
    return [
      {
        name: `enqueue ${LINES} lines`,
        unit: "lines/s",
        ours,
        peer: { name: "read + JSON.parse", values: peer },
        target: { kind: "at least", value: 0.6 },
      },
      {
        name: `peak memory, ${LINES} lines`,
        unit: "MiB",
        ours: memoryMany,
        peer: { name: `${FEW_LINES} lines`, values: memoryFew },
        target: { kind: "at most", value: 1.2 },
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A fresh service, so that its peak memory is that of this job. The API asks for GPUs that are not there: no worker runs. */
async function enqueueOnce(path: string): Promise<{ seconds: number; mib: number }> {
  const platform = await startPlatform();
  try {
    await deploy(platform, PROJECT);
    const submission = { workers: 1, delimited_files: { s3_paths: [path], batch_size: BATCH_SIZE } };
    const { job_id } = await platform.client.submit("idle", submission);
    for (;;) {
      const { job_status } = await platform.client.job("idle", job_id);
      if (job_status.start_time !== null) {
        const seconds = (Date.parse(job_status.start_time) - Date.parse(job_status.created_time)) / 1_000;
        return { seconds, mib: await peakMib(platform.pid) };
      }
      if (job_status.end_time !== null) throw new Error(JSON.stringify(job_status.status_reason));
      await new Promise((done) => setTimeout(done, 100));
    }
  } finally {
    await platform.stop();
  }
}

async function parseSeconds(path: string): Promise<number> {
  const peer = join(import.meta.dirname, "..", "peers", "parse-lines.ts");
  const child = spawn(process.execPath, [peer, path], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = await once(child.stdout.setEncoding("utf8"), "data");
  return Number(text);
}

async function writeLines(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  for (let i = 0; i < count; i += 10_000) {
    let text = "";
    for (let j = i; j < Math.min(count, i + 10_000); j++) {
      text += `{"custom_id":"item-${j}","text":"a line of about a hundred bytes for the scanner","score":${j % 997},"tags":["a","b"]}\n`;
    }
    if (!file.write(text)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}
