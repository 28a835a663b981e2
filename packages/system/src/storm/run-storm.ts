import { mkdir, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { leftovers, seededRandom, signal } from "@millrace/chaos";
import { finished, type JobHandle, numbers, rowsOf, submit } from "../jobs.ts";
import { Platform } from "../platform.ts";
import { poll } from "../poll.ts";
import { deployInstalling, deployStormApis } from "./storm-apis.ts";
import { VICTIMS, type Victim, victimsOf } from "./victims.ts";

export interface StormOptions {
  readonly seed: number;
  readonly kills: number;
  /** Jobs that wait for a place from the start, and run one after another. */
  readonly waiting: number;
  /** Mean time between two kills. @default 150 */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
  readonly onKill?: (victim: Victim, pid: number) => void;
}

export interface StormReport {
  readonly kills: Readonly<Record<Victim, number>>;
  readonly jobs: number;
  readonly deploys: { readonly done: number; readonly failed: number };
  /** Jobs that failed because their workers or predictors were killed too often. */
  readonly givenUp: number;
  readonly violations: readonly string[];
  /** Kept when there are violations. */
  readonly home: string;
}

/**
 * How often each existing victim is hit. Services are hit rarely, since starting one takes longer than anything else.
 */
const WEIGHTS: Readonly<Record<Victim, number>> = {
  service: 1,
  worker: 4,
  predictor: 4,
  child: 1,
  installer: 2,
  composer: 12,
  hook: 6,
};
const ACTIVE_JOBS = 5;
const EVERY_MS = 150;
const END_MS = 600_000;
const LEAVE_MS = 60_000;
const SHARED_MEMORY = "/dev/shm";
const KINDS = [
  { endpoint: "family", items: 300, batch_size: 10 },
  { endpoint: "large", items: 2_000, batch_size: 100 },
  { endpoint: "script", items: 300, batch_size: 10 },
] as const;

interface StormJob extends JobHandle {
  readonly items: number;
}

/**
 * Runs jobs, deploys and waiting jobs on one service while killing its processes at random; then checks what remains.
 */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const root = await mkdtemp(join(tmpdir(), "millrace-storm-"));
  const platform = new Platform(root, { keepsPort: true });
  const before = new Set(await sharedMemory());
  const storm = new Storm(platform, options);
  try {
    await storm.run();
    const violations = [...(await storm.violations()), ...(await leftBehind(platform, before))];
    if (violations.length === 0) await platform.destroy();
    return { ...storm.counts, violations, home: platform.home };
  } finally {
    await platform.end();
  }
}

class Storm {
  readonly #platform: Platform;
  readonly #options: StormOptions;
  readonly #hooks: string;
  readonly #random: () => number;
  readonly #kills = Object.fromEntries(VICTIMS.map((victim) => [victim, 0])) as Record<Victim, number>;
  readonly #jobs: StormJob[] = [];
  readonly #deploys = { done: 0, failed: 0 };
  #submissions = 0;
  #givenUp = 0;
  #isOver = false;

  constructor(platform: Platform, options: StormOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#hooks = join(platform.files, "hooks");
    this.#random = seededRandom(options.seed);
  }

  get counts(): Omit<StormReport, "violations" | "home"> {
    return {
      kills: this.#kills,
      jobs: this.#jobs.length,
      deploys: this.#deploys,
      givenUp: this.#givenUp,
    };
  }

  async run(): Promise<void> {
    await mkdir(this.#hooks);
    await this.#platform.start();
    await deployStormApis(this.#platform);
    for (let n = 0; n < this.#options.waiting; n++) await this.#submit("waits", 20, 5);
    const others = [this.#keepJobs(), this.#keepDeploying()];
    try {
      await this.#killAll();
    } finally {
      this.#isOver = true;
      await Promise.all(others);
    }
  }

  async #killAll(): Promise<void> {
    const { kills, everyMs = EVERY_MS, onKill, signal: stop } = this.#options;
    for (let done = 0; done < kills && !stop?.aborted; ) {
      await delay(everyMs * (0.5 + this.#random()));
      const hit = this.#pick();
      if (!hit || !signal(hit.pid, "SIGKILL")) continue;
      onKill?.(hit.victim, hit.pid);
      this.#kills[hit.victim] += 1;
      done += 1;
      if (hit.victim === "service") await this.#platform.start();
    }
  }

  #pick(): { readonly victim: Victim; readonly pid: number } | undefined {
    const all = victimsOf(this.#platform.home, { hooks: this.#hooks, service: this.#platform.pid });
    const there = VICTIMS.filter((victim) => all[victim].length > 0);
    let point = this.#random() * there.reduce((sum, victim) => sum + WEIGHTS[victim], 0);
    const victim = there.find((one) => {
      point -= WEIGHTS[one];
      return point < 0;
    });
    const pids = victim ? all[victim] : [];
    const pid = pids[Math.floor(this.#random() * pids.length)];
    return victim && pid !== undefined ? { victim, pid } : undefined;
  }

  async #submit(endpoint: string, items: number, batchSize: number): Promise<StormJob> {
    const config = { hooks: this.#hooks };
    // Kills cost attempts. The submission may have to be retried, and must not create two jobs.
    const body = numbers(items, { batch_size: batchSize, workers: 2, max_attempts: 100, config });
    const idempotencyKey = `storm-${this.#submissions++}`;
    const handle = await this.#again(() => submit(this.#platform, endpoint, body, { idempotencyKey }));
    const job = { ...handle, items };
    this.#jobs.push(job);
    return job;
  }

  /** Retries until the service is back. */
  async #again<T>(ask: () => Promise<T>): Promise<T> {
    return poll("an answer", () => ask().catch(() => undefined), { deadlineMs: 60_000 }) as Promise<T>;
  }

  async #keepJobs(): Promise<void> {
    const next = async (n: number) => {
      const { endpoint, items, batch_size } = KINDS[n % KINDS.length] as (typeof KINDS)[number];
      const job = await this.#submit(endpoint, items, batch_size);
      await this.#end(job);
    };
    let n = 0;
    const keep = async () => {
      while (!this.#isOver) await next(n++);
    };
    await Promise.all(Array.from({ length: ACTIVE_JOBS }, keep));
  }

  async #end(job: StormJob) {
    const look = () => finished(job, { deadlineMs: END_MS }).catch(() => undefined);
    return poll(`the end of ${job.jobId}`, look, { deadlineMs: END_MS });
  }

  async #keepDeploying(): Promise<void> {
    for (let round = 0; !this.#isOver; round++) {
      try {
        await deployInstalling(this.#platform, round);
        this.#deploys.done += 1;
      } catch {
        this.#deploys.failed += 1;
        await this.#again(() => this.#platform.client.ready());
      }
    }
    await this.#again(() => deployInstalling(this.#platform, -1));
  }

  /** What is wrong with the jobs. */
  async violations(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const job of this.#jobs) {
      const { status } = await this.#end(job);
      const { status: end, status_reason: reason } = status.job_status;
      const rows = await rowsOf(job);
      const isGivenUp = end === "worker_error" || end === "worker_oom";
      if (isGivenUp) this.#givenUp += 1;
      else if (end !== "succeeded") found.push(`job ${job.jobId} is ${end}: ${reason?.message}`);
      const indexes = new Set(rows.map(({ index }) => index));
      if (indexes.size !== rows.length) found.push(`job ${job.jobId} has an item twice`);
      if (!isGivenUp && rows.length !== job.items)
        found.push(`job ${job.jobId} has ${rows.length} rows of ${job.items}`);
      const wrong = rows.find(({ index, output }) => squareOf(output) !== index * index);
      if (wrong)
        found.push(`job ${job.jobId}: item ${wrong.index} has ${JSON.stringify(wrong).slice(0, 200)}`);
    }
    return found;
  }
}

function squareOf(output: unknown): unknown {
  return typeof output === "object" && output !== null && "square" in output ? output.square : output;
}

/** Processes, files and shared memory that nobody needs any more. */
async function leftBehind(platform: Platform, before: ReadonlySet<string>): Promise<readonly string[]> {
  const look = async () => [
    ...leftovers(platform.home).map(({ pid, command }) => `process ${pid} is left: ${command}`),
    ...(await readdir(join(platform.home, "tmp")).catch(() => [])).map((name) => `file ${name} is left`),
    ...(await sharedMemory())
      .filter((name) => !before.has(name))
      .map((name) => `shared memory ${name} is left`),
  ];
  await poll("the end of all", async () => (await look()).length === 0, {
    deadlineMs: LEAVE_MS,
    everyMs: 500,
  }).catch(() => {});
  return look();
}

function sharedMemory(): Promise<readonly string[]> {
  return readdir(SHARED_MEMORY).catch(() => []);
}
