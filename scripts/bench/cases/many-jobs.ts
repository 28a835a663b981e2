import { cpSync } from "node:fs";
import { availableParallelism } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { homePaths } from "../../../packages/backend-local/src/home/home.ts";
import { type BenchOptions, type Line, median } from "../measure.ts";
import { deploy, type Platform, runJob, startPlatform } from "../platform.ts";
import { figure } from "../table.ts";

/** `hold` takes every core of the machine: one of its jobs runs, and the others wait. */
const PROJECT = {
  "millrace.yaml": `
- { name: hold, kind: BatchAPI, predictor: { type: typescript, path: hold.ts }, compute: { cpu: ${availableParallelism()} } }
- { name: noop, kind: BatchAPI, predictor: { type: typescript, path: noop.ts } }
`,
  "hold.ts":
    "export class Predictor { predict() { return new Promise((done) => setTimeout(done, 1e9)); } }\n",
  "noop.ts": "export class Predictor { predict(payload: unknown[]) { return payload; } }\n",
};
const SUBMISSION = { workers: 1, item_list: { items: [1, 2, 3], batch_size: 1 } };
const REQUESTS = 200;
const SUBMISSIONS = 20;
/** For requests to an otherwise idle service: one more millisecond adds half as much again. */
const MOST = 1.2;
const READY_MS = 2_000;

/** Milliseconds, each the median of many. */
interface Asked {
  readonly status: number;
  readonly health: number;
  readonly submit: number;
}

/** A service's response times and startup time with many waiting jobs, and with many finished ones. */
export async function manyJobs(options: BenchOptions): Promise<Line[]> {
  const waiting = options.quick ? 200 : 1_000;
  const over = options.quick ? 1_000 : 10_000;
  const few: Asked[] = [];
  const many: Asked[] = [];
  const full: Asked[] = [];
  const ready: Record<"few" | "many" | "full", number[]> = { few: [], many: [], full: [] };
  for (let round = 0; round < options.rounds; round++) {
    let platform = await startPlatform();
    const restart = async (kind: keyof typeof ready) => {
      await platform.stop({ keepHome: true });
      const startedAt = performance.now();
      platform = await startPlatform({}, platform);
      await isReady(platform);
      ready[kind].push(performance.now() - startedAt);
    };
    try {
      await deploy(platform, PROJECT);
      const ended = await runJob(platform, "noop", { submission: SUBMISSION });
      const held = await platform.client.submit("hold", SUBMISSION);
      await restart("few");
      few.push(await ask(platform, held.job_id));
      for (let job = SUBMISSIONS + 1; job < waiting; job++) await platform.client.submit("hold", SUBMISSION);
      await restart("many");
      many.push(await ask(platform, held.job_id));
      await platform.stop({ keepHome: true });
      copyJob(platform.home, ended.job_status.job_id, over);
      platform = await startPlatform({}, platform);
      await restart("full");
      full.push(await ask(platform, held.job_id));
    } finally {
      await platform.stop();
    }
  }
  const besides = `beside ${figure(waiting)} jobs that wait`;
  const after = `${besides} and ${figure(over)} that are over`;
  return [
    ...askedLines(besides, { ours: many, peer: few }),
    ...askedLines(after, { ours: full, peer: few }),
    { name: `start -> ready ${besides}`, unit: "ms", better: "less", ours: ready.many, target: READY_MS },
    { name: `start -> ready ${after}`, unit: "ms", better: "less", ours: ready.full, target: READY_MS },
    { name: "start -> ready beside one job", unit: "ms", better: "less", ours: ready.few },
  ];
}

async function isReady({ client }: Pick<Platform, "client">): Promise<void> {
  const { ok, status } = await fetch(`${client.url}/healthz`);
  if (!ok) throw new Error(`the service is not ready: ${status}`);
}

async function ask({ client }: Platform, jobId: string): Promise<Asked> {
  return {
    status: await medianMs(REQUESTS, () => client.job("hold", jobId)),
    health: await medianMs(REQUESTS, () => isReady({ client })),
    submit: await medianMs(SUBMISSIONS, () => client.submit("hold", SUBMISSION)),
  };
}

async function medianMs(times: number, task: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now();
    await task();
    all.push(performance.now() - startedAt);
  }
  return median(all);
}

function askedLines(
  beside: string,
  { ours, peer }: { readonly ours: readonly Asked[]; readonly peer: readonly Asked[] },
): Line[] {
  const kinds = { status: "status of a job", health: "health", submit: "submission" } as const;
  return (Object.keys(kinds) as (keyof Asked)[]).map((kind) => ({
    name: `${kinds[kind]} ${beside}`,
    unit: "ms",
    better: "less",
    ours: ours.map((asked) => asked[kind]),
    peer: { name: "beside one", values: peer.map((asked) => asked[kind]) },
    target: MOST,
  }));
}

/** Copies a finished job, each with its own file and row, as real jobs have. */
function copyJob(home: string, jobId: string, count: number): void {
  const paths = homePaths(home);
  const index = new DatabaseSync(paths.indexFile);
  const columns = "api_name, api_version, status, over, labels";
  const insert = index.prepare(
    `INSERT INTO jobs (job_id, ${columns}, spec, state, settled)
     SELECT ?1, ${columns}, replace(spec, job_id, ?1), replace(state, job_id, ?1), settled FROM jobs WHERE job_id = ?2`,
  );
  index.exec("BEGIN");
  for (let i = 0; i < count; i++) {
    const copy = `${jobId.slice(0, -8)}${String(i).padStart(8, "0")}`;
    cpSync(paths.jobDirectory(jobId), paths.jobDirectory(copy), { recursive: true });
    const file = new DatabaseSync(paths.jobFile(copy));
    file.prepare("UPDATE spec SET json = replace(json, ?1, ?2)").run(jobId, copy);
    file.prepare("UPDATE job SET output = replace(output, ?1, ?2)").run(jobId, copy);
    file.close();
    insert.run(copy, jobId);
  }
  index.exec("COMMIT");
  index.close();
}
