import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLines } from "../inputs/write-lines.ts";
import { type BenchOptions, growthExponent, type Line, type Measurement } from "../measure.ts";
import { peakMemoryDuring } from "../peak-memory.ts";
import { deploy, type Platform, runJob, startPlatform } from "../platform.ts";
import { figure } from "../table.ts";
import { manyJobs } from "./many-jobs.ts";

const BATCH_SIZE = 100;
/** A tenth of a core each: so many workers run at once that the machine's cores are the bottleneck. */
const PROJECT = {
  "millrace.yaml":
    "- { name: noop, kind: BatchAPI, predictor: { type: typescript, path: noop.ts }, compute: { cpu: 0.1 } }\n",
  "noop.ts": "export class Predictor { predict(payload: unknown[]) { return payload; } }\n",
};

interface Run {
  readonly items: number;
  readonly jobs: number;
  readonly workers: number;
}

/** Wall seconds from the first submission to the last final status, and the largest process of each kind. */
interface Cost {
  readonly seconds: number;
  readonly service: number;
  readonly worker: number;
  readonly predictor: number;
}

/**
 * How time and memory grow with the number of items, concurrent jobs and workers, with a no-op predictor: the exponent
 * of the best-fitting power law, where 1 is linear. Each run has a fresh service, so that its peak memory is its own.
 */
export async function growth(_: Platform, options: BenchOptions): Promise<Line[]> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-growth-"));
  try {
    const itemCounts = options.quick ? [1e4, 1e5, 1e6] : [1e4, 1e5, 1e6, 1e7];
    const jobCounts = options.quick ? [1, 4, 16] : [1, 10, 100];
    const workerCounts = options.quick ? [1, 4, 8] : [1, 2, 4, 8, 16];
    const byItems = new Map(itemCounts.map((items) => [items, { items, jobs: 1, workers: 1 }]));
    const byJobs = new Map(jobCounts.map((jobs) => [jobs, { items: 10_000, jobs, workers: 1 }]));
    const byWorkers = new Map(workerCounts.map((workers) => [workers, { items: 100_000, jobs: 1, workers }]));
    return [
      ...itemLines(await measure(byItems, { folder, options })),
      ...sizeLines("jobs at once", await measure(byJobs, { folder, options }), 1.1),
      // More workers than cores do not save time, but should not cost much more either.
      ...sizeLines("workers", await measure(byWorkers, { folder, options }), 0.5),
      ...(await manyJobs(options)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Costs by size, one per round. */
type Costs = ReadonlyMap<number, readonly Cost[]>;

async function measure(
  runs: ReadonlyMap<number, Run>,
  { folder, options }: { readonly folder: string; readonly options: BenchOptions },
): Promise<Costs> {
  const costs = new Map([...runs.keys()].map((size) => [size, [] as Cost[]]));
  for (let round = 0; round < options.rounds; round++) {
    for (const [size, run] of runs) costs.get(size)?.push(await costOf(run, folder));
  }
  return costs;
}

async function costOf({ items, jobs, workers }: Run, folder: string): Promise<Cost> {
  const file = join(folder, `${items}.ndjson`);
  await writeLines(file, items, String);
  const platform = await startPlatform();
  try {
    await deploy(platform, PROJECT);
    const submission = { workers, delimited_files: { s3_paths: [file], batch_size: BATCH_SIZE } };
    const { value, peak } = await peakMemoryDuring(platform, async () => {
      const startedAt = performance.now();
      const ended = await Promise.all(
        Array.from({ length: jobs }, () => runJob(platform, "noop", { submission, pollMs: 500 })),
      );
      for (const { metrics, job_status } of ended)
        if (metrics.items.succeeded !== items) throw new Error(JSON.stringify(job_status));
      return (performance.now() - startedAt) / 1_000;
    });
    return { seconds: value, ...peak };
  } finally {
    await platform.stop();
  }
}

function itemLines(costs: Costs): Line[] {
  const [small = 0, ...larger] = [...costs.keys()];
  const [middle = 0, large = 0] = larger.slice(-2);
  const memory = (["service", "worker", "predictor"] as const).flatMap((kind): Line[] => {
    const of = (size: number) => costs.get(size)?.map((cost) => cost[kind]) ?? [];
    const name = `peak memory of the ${kind}`;
    const against = (size: number): Measurement => ({
      name: `${name}, ${figure(large)} items`,
      unit: "MiB",
      better: "less",
      ours: of(large),
      peer: { name: `${figure(size)} items`, values: of(size) },
    });
    const unseen = [small, middle, large].find((size) => of(size).includes(0));
    if (unseen !== undefined)
      return [{ name, skipped: `none was seen in the job of ${figure(unseen)} items` }];
    // The smallest job ends before the first garbage collection; comparing with a longer job isolates ten times the
    // items.
    return [{ ...against(small), target: 1.1 }, against(middle)];
  });
  // The smallest job is all startup: it would make the growth look flatter than it is.
  const counted = new Map([...costs].filter(([size]) => size !== small));
  return [...sizeLines("items", counted, 1.1), ...memory];
}

function sizeLines(what: string, costs: Costs, target: number): Line[] {
  const sizes = [...costs.keys()];
  const rounds = costs.get(sizes[0] ?? 0)?.length ?? 0;
  const exponents = Array.from({ length: rounds }, (_, round) =>
    growthExponent(sizes.map((size) => ({ size, value: costs.get(size)?.[round]?.seconds ?? 0 }))),
  );
  const seconds = sizes.map((size) => {
    const all = costs.get(size)?.map((cost) => cost.seconds) ?? [];
    return { size, all };
  });
  return [
    {
      name: `growth of time with ${what}: exponent over ${sizes.map(figure).join(", ")}`,
      unit: "",
      better: "less",
      ours: exponents,
      target,
    },
    ...seconds.map(
      ({ size, all }): Line => ({
        name: `time of ${figure(size)} ${what}`,
        unit: "s",
        better: "less",
        ours: all,
      }),
    ),
  ];
}
