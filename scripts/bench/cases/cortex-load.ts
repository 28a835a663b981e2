import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLines } from "../inputs/write-lines.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { deploy, type Platform, runJob } from "../platform.ts";

const BATCH_SIZE = 20;
/** All hundred workers run at once, regardless of the number of cores. */
const PROJECT = {
  "millrace.yaml":
    "- { name: sum, kind: BatchAPI, predictor: { type: python, path: sum.py }, compute: { cpu: 0.01 } }\n",
  "sum.py":
    "class PythonPredictor:\n    def __init__(self, config):\n        pass\n\n    def predict(self, payload):\n        return sum(payload)\n",
};

/**
 * Cortex's own load test, which took it 300 s on a cluster: 10 jobs of 10 workers and 100,000 items, in batches of 20.
 */
export async function cortexLoad(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const { jobs, workers, items } = options.quick
    ? { jobs: 4, workers: 4, items: 10_000 }
    : { jobs: 10, workers: 10, items: 100_000 };
  const folder = await mkdtemp(join(tmpdir(), "millrace-load-"));
  try {
    await deploy(platform, PROJECT);
    const file = join(folder, "items.ndjson");
    await writeLines(file, items, String);
    const submission = { workers, delimited_files: { s3_paths: [file], batch_size: BATCH_SIZE } };
    const seconds: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const startedAt = performance.now();
      const ended = await Promise.all(
        Array.from({ length: jobs }, () => runJob(platform, "sum", { submission, pollMs: 500 })),
      );
      seconds.push((performance.now() - startedAt) / 1_000);
      for (const { metrics, job_status } of ended) {
        const { succeeded, in_queue } = { ...metrics, in_queue: job_status.batches_in_queue };
        if (
          job_status.status !== "succeeded" ||
          in_queue !== 0 ||
          succeeded !== Math.ceil(items / BATCH_SIZE)
        )
          throw new Error(JSON.stringify({ job_status, metrics }));
      }
    }
    const name = `Cortex's load test: ${jobs} jobs x ${workers} workers x ${items.toLocaleString("en-US")} items, batches of ${BATCH_SIZE}`;
    return [{ name, unit: "s", better: "less", ours: seconds, target: 300 }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
