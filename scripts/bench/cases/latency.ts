import { setTimeout as delay } from "node:timers/promises";
import { processesOf } from "../../../packages/chaos/src/processes.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { deploy, type Platform, runJob } from "../platform.ts";

const PROJECT = {
  "millrace.yaml": `
- { name: clock, kind: BatchAPI, predictor: { type: typescript, path: clock.ts } }
- { name: busy, kind: BatchAPI, predictor: { type: typescript, path: busy.ts } }
`,
  "clock.ts":
    "export class Predictor { predict(payload: unknown[]) { return payload.map(() => Date.now()); } }\n",
  "busy.ts":
    "export class Predictor { predict(payload: unknown[]) { return new Promise((done) => setTimeout(done, 20, payload)); } }\n",
};
const STOP_LIMIT_MS = 60_000;

/**
 * For a small job: the time until the first predict, and from the last predict to the final status, which is slightly
 * more than from the last commit. For a stopped job: the time until none of its processes is left.
 */
export async function latency(platform: Platform, options: BenchOptions): Promise<Line[]> {
  await deploy(platform, PROJECT);
  const submission = { workers: 1, item_list: { items: [1, 2, 3], batch_size: 1 } };
  const first: number[] = [];
  const last: number[] = [];
  const stopped: number[] = [];
  // The first job fills the compile cache, like the first job of an installation.
  await runJob(platform, "clock", { submission });
  for (let round = 0; round < options.rounds; round++) {
    const submittedAt = Date.now();
    const { job_status } = await runJob(platform, "clock", { submission });
    const times: number[] = [];
    let text = "";
    for await (const chunk of platform.client.results("clock", job_status.job_id))
      text += new TextDecoder().decode(chunk);
    for (const row of text.trimEnd().split("\n")) times.push(JSON.parse(row).output);
    first.push(Math.min(...times) - submittedAt);
    last.push(Date.parse(job_status.end_time ?? "") - Math.max(...times));
    stopped.push(await stopMs(platform));
  }
  const line = (name: string, ours: readonly number[], target: number): Line => ({
    name,
    unit: "ms",
    better: "less",
    ours,
    target,
  });
  return [
    line("submit -> first predict", first, 400),
    line("last predict -> final status", last, 100),
    line("stop -> last process of two workers gone", stopped, 2_000),
  ];
}

/** Stops a job of two workers in the middle of its batches. */
async function stopMs(platform: Platform): Promise<number> {
  const items = Array.from({ length: 100_000 }, (_, i) => i);
  const { job_id } = await platform.client.submit("busy", {
    workers: 2,
    item_list: { items, batch_size: 1 },
  });
  while ((await platform.client.job("busy", job_id)).metrics.items.succeeded === 0) await delay(20);
  const stoppedAt = performance.now();
  await platform.client.stop("busy", job_id);
  while (processesOf(platform.home).some(({ kind }) => kind === "worker" || kind === "predictor")) {
    if (performance.now() - stoppedAt > STOP_LIMIT_MS) throw new Error("a stopped job's workers do not end");
    await delay(10);
  }
  return performance.now() - stoppedAt;
}
