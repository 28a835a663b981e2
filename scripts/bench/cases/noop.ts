import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { writeLines } from "../inputs/write-lines.ts";
import { interleave, type Side, valuesOf } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { bullmq } from "../peers/bullmq/bullmq.ts";
import { celery } from "../peers/celery/celery.ts";
import { daskNoop } from "../peers/dask/dask.ts";
import type { NoopPeer } from "../peers/noop-peer.ts";
import { rayDataNoop } from "../peers/ray/ray.ts";
import { type RedisOnDemand, redisOnDemand } from "../peers/redis/server.ts";
import { deploy, type Platform, runJob, runningSeconds } from "../platform.ts";

const PEERS = [bullmq, celery, rayDataNoop, daskNoop] as const;
/** How many times as many batches Millrace gets. */
const OURS_TIMES = 10;
const SIZES = [1, 32] as const;
const LANGUAGES = { typescript: "TypeScript", python: "Python" } as const;
const PROJECT = {
  "millrace.yaml": `
- { name: noop-typescript, kind: BatchAPI, predictor: { type: typescript, path: noop.ts } }
- { name: noop-python, kind: BatchAPI, predictor: { type: python, path: noop.py } }
`,
  "noop.ts": "export class Predictor { predict(payload: unknown[]) { return payload; } }\n",
  "noop.py":
    "class PythonPredictor:\n    def __init__(self):\n        pass\n\n    def predict(self, payload):\n        return payload\n",
};

/**
 * A no-op predictor with one worker: the cost per batch, compared with queues and frameworks that have as many batches.
 *
 * Every system returns and keeps every item: Millrace in SQLite and then in ordered files of rows, BullMQ and Celery as
 * results in Redis, Ray Data as Parquet, Dask as rows of a file. Queueing time is excluded for all. Millrace's time
 * includes starting its worker and predictor, and writing its output, while the peers' processes are already running.
 * To keep startup from dominating its rate, it gets ten times as many batches.
 */
export async function noop(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const batches = options.quick ? 2_000 : 10_000;
  const folder = await mkdtemp(join(tmpdir(), "millrace-noop-"));
  const redis = redisOnDemand();
  try {
    await deploy(platform, PROJECT);
    for (const size of SIZES)
      await writeLines(join(folder, `${size}.ndjson`), OURS_TIMES * batches * size, String);
    const setup: Setup = { folder, batches, redis };
    const sides = [ours(platform, setup), ...PEERS.map((peer) => theirs(peer, setup))];
    const outcomes = await interleave(sides, options.rounds);
    const absolute = ([language, title]: readonly [string, string]): Line => ({
      name: `no-op ${title}, batches of 1`,
      unit: "batches/s",
      better: "more",
      ours: valuesOf(outcomes.get("Millrace"), `${language}-1`),
      target: language === "python" ? 3_000 : 5_000,
    });
    const compared = PEERS.flatMap(({ name, language, target }) =>
      SIZES.map((size) =>
        compare(outcomes, {
          name: `no-op ${LANGUAGES[language]}, batches of ${size}`,
          unit: "batches/s",
          better: "more",
          values: `${language}-${size}`,
          ours: "Millrace",
          peer: name,
          target,
        }),
      ),
    );
    return [...Object.entries(LANGUAGES).map(absolute), ...compared];
  } finally {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setup {
  readonly folder: string;
  readonly batches: number;
  readonly redis: RedisOnDemand;
}

function ours(platform: Platform, setup: Setup): Side {
  const { folder } = setup;
  const batches = OURS_TIMES * setup.batches;
  return {
    name: "Millrace",
    async measure() {
      const rates: Record<string, number> = {};
      for (const language of Object.keys(LANGUAGES)) {
        for (const size of SIZES) {
          const delimited_files = { s3_paths: [join(folder, `${size}.ndjson`)], batch_size: size };
          const status = await runJob(platform, `noop-${language}`, {
            submission: { workers: 1, delimited_files },
          });
          if (status.metrics.items.succeeded !== batches * size)
            throw new Error(`noop-${language}: ${JSON.stringify(status.job_status)}`);
          rates[`${language}-${size}`] = batches / runningSeconds(status);
        }
      }
      return rates;
    },
  };
}

function theirs(peer: NoopPeer, { folder, batches, redis }: Setup): Side {
  return {
    name: peer.name,
    async measure() {
      const results = await mkdtemp(join(folder, "results-"));
      const seconds = await peer.seconds({ batches, batchSizes: SIZES, workers: 1, folder: results, redis });
      await rm(results, { recursive: true });
      return Object.fromEntries(
        SIZES.map((size, run) => [`${peer.language}-${size}`, batches / (seconds[run] ?? 0)]),
      );
    },
  };
}
