import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type BenchOptions, type Line, median } from "../measure.ts";
import { deploy, type Platform, peakMib, startPlatform } from "../platform.ts";

const LINES_A_SECOND = 10;
const PROJECT = {
  "millrace.yaml": "- { name: idle, kind: BatchAPI, predictor: { type: typescript, path: idle.ts } }\n",
  "idle.ts": "export class Predictor { predict() { return new Promise(() => {}); } }\n",
};

interface Size {
  readonly workers: number;
  readonly seconds: number;
}

interface Followed {
  /** From a line's own time until a client received it. */
  readonly delaysMs: readonly number[];
  readonly firstMib: number;
  readonly mib: number;
}

/** One client follows the logs of 1,000 workers that each write 10 lines a second: does it keep up, is memory flat? */
export async function followLogs(_: Platform, options: BenchOptions): Promise<Line[]> {
  const size: Size = options.quick ? { workers: 200, seconds: 10 } : { workers: 1_000, seconds: 60 };
  const { workers, seconds } = size;
  const delays: number[] = [];
  const late: number[] = [];
  const first: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const { delaysMs, firstMib, mib } = await followOnce(size);
    const sorted = [...delaysMs].sort((a, b) => a - b);
    delays.push(median(sorted));
    late.push(sorted[Math.floor(0.99 * sorted.length)] ?? 0);
    first.push(firstMib);
    whole.push(mib);
  }
  const name = `${workers} workers, ${LINES_A_SECOND} lines/s each`;
  return [
    {
      name: `follow logs of ${name}: written -> received, median`,
      unit: "ms",
      ours: delays,
      better: "less",
      target: 1_000,
    },
    {
      name: `follow logs of ${name}: written -> received, 99th percentile`,
      unit: "ms",
      ours: late,
      better: "less",
      target: 3_000,
    },
    {
      name: `follow logs of ${name}: peak memory of the service after ${seconds} s`,
      unit: "MiB",
      ours: whole,
      peer: { name: `after ${seconds / 2} s`, values: first },
      better: "less",
      target: 1.2,
    },
  ];
}

/** The job's own worker never finishes, so that the log can be followed until all lines have arrived. */
async function followOnce({ workers, seconds }: Size): Promise<Followed> {
  const platform = await startPlatform();
  try {
    await deploy(platform, PROJECT);
    const { job_id } = await platform.client.submit("idle", {
      workers: 1,
      item_list: { items: [1], batch_size: 1 },
    });
    const writing = writeLogs(platform.home, { jobId: job_id, workers, seconds });
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
      if (delaysMs.length === (workers * LINES_A_SECOND * seconds) / 2)
        firstMib = await peakMib(platform.pid);
      if (delaysMs.length === workers * LINES_A_SECOND * seconds) break;
    }
    await writing;
    await platform.client.stop("idle", job_id);
    return { delaysMs, firstMib, mib: await peakMib(platform.pid) };
  } finally {
    await platform.stop();
  }
}

async function writeLogs(
  home: string,
  { jobId, workers, seconds }: Size & { readonly jobId: string },
): Promise<void> {
  const script = join(import.meta.dirname, "..", "load", "log-writers.ts");
  const args = [script, home, jobId, workers, LINES_A_SECOND, seconds].map(String);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [taken] = await once(child.stdout.setEncoding("utf8"), "data");
  if (Number(taken) > 1.1 * seconds) console.log(`the writers fell behind: ${taken} s for ${seconds}`);
}
