import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Measurement, median } from "../measure.ts";
import { deploy, type Platform, peakMib, startPlatform } from "../platform.ts";

const WORKERS = 1_000;
const LINES_A_SECOND = 10;
const SECONDS = 60;
const FIRST_SECONDS = 30;
const PROJECT = {
  "millrace.yaml": "- { name: idle, kind: BatchAPI, predictor: { type: typescript, path: idle.ts } }\n",
  "idle.ts": "export class Predictor { predict() { return new Promise(() => {}); } }\n",
};

interface Followed {
  /** From a line's own time until a client had it. */
  readonly delaysMs: readonly number[];
  readonly firstMib: number;
  readonly mib: number;
}

/** One client follows the log of 1,000 workers that write 10 lines a second each: does it keep up, is memory flat? */
export async function followLogs(_: Platform, options: { readonly rounds: number }): Promise<Measurement[]> {
  const delays: number[] = [];
  const late: number[] = [];
  const first: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const { delaysMs, firstMib, mib } = await followOnce();
    const sorted = [...delaysMs].sort((a, b) => a - b);
    delays.push(median(sorted));
    late.push(sorted[Math.floor(0.99 * sorted.length)] ?? 0);
    first.push(firstMib);
    whole.push(mib);
  }
  const name = `${WORKERS} workers, ${LINES_A_SECOND} lines/s each`;
  return [
    {
      name: `follow logs of ${name}: written -> received, median`,
      unit: "ms",
      ours: delays,
      target: { kind: "at most", value: 1_000 },
    },
    {
      name: `follow logs of ${name}: written -> received, 99th percentile`,
      unit: "ms",
      ours: late,
      target: { kind: "at most", value: 3_000 },
    },
    {
      name: `follow logs of ${name}: peak memory of the service after ${SECONDS} s`,
      unit: "MiB",
      ours: whole,
      peer: { name: `after ${FIRST_SECONDS} s`, values: first },
      target: { kind: "at most", value: 1.2 },
    },
  ];
}

/** The job's own worker waits for ever, so that the log goes on until all lines are there. */
async function followOnce(): Promise<Followed> {
  const platform = await startPlatform();
  try {
    await deploy(platform, PROJECT);
    const { job_id } = await platform.client.submit("idle", {
      workers: 1,
      item_list: { items: [1], batch_size: 1 },
    });
    const writing = writeLogs(platform.home, job_id);
    const delaysMs: number[] = [];
    const next = new Map<number, number>();
    let firstMib = 0;
    for await (const { worker, time, text } of platform.client.logs("idle", job_id, { follow: true })) {
      if (worker === null) continue;
      const expected = next.get(worker) ?? 0;
      if (!text.startsWith(`line ${expected} `))
        throw new Error(`worker ${worker}: "${text}", not ${expected}`);
      next.set(worker, expected + 1);
      delaysMs.push(Date.now() - Date.parse(time));
      if (delaysMs.length === WORKERS * LINES_A_SECOND * FIRST_SECONDS)
        firstMib = await peakMib(platform.pid);
      if (delaysMs.length === WORKERS * LINES_A_SECOND * SECONDS) break;
    }
    await writing;
    await platform.client.stop("idle", job_id);
    return { delaysMs, firstMib, mib: await peakMib(platform.pid) };
  } finally {
    await platform.stop();
  }
}

async function writeLogs(home: string, jobId: string): Promise<void> {
  const script = join(import.meta.dirname, "..", "peers", "log-writers.ts");
  const args = [script, home, jobId, WORKERS, LINES_A_SECOND, SECONDS].map(String);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [seconds] = await once(child.stdout.setEncoding("utf8"), "data");
  if (Number(seconds) > 1.1 * SECONDS) console.log(`the writers fell behind: ${seconds} s for ${SECONDS}`);
}
