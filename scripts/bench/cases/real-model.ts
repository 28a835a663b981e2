import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { copyImages } from "../inputs/copy-images.ts";
import { interleave, type Side } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import type { ClassifyPeer } from "../peers/classify-peer.ts";
import { daskClassify } from "../peers/dask/dask.ts";
import { installPython, pythonSites } from "../peers/install.ts";
import { handWrittenLoop } from "../peers/loop/loop.ts";
import { rayDataClassify } from "../peers/ray/ray.ts";
import { deploy, type Platform, root, runJob, secondsSince } from "../platform.ts";
import { runCommand } from "../run-command.ts";

const EXAMPLE = join(root, "examples", "image-classifier");

/** A number of workers, compared with peers that use as many processes. */
interface Team {
  readonly workers: number;
  readonly peers: readonly ClassifyPeer[];
}

const TWO: Team = { workers: 2, peers: [handWrittenLoop, rayDataClassify, daskClassify] };
/** Two workers use all of the machine's cores for their predictors; one worker leaves a core for the rest. */
const ONE: Team = { workers: 1, peers: [handWrittenLoop] };

interface Model {
  readonly name: string;
  readonly batchSizes: readonly number[];
  /** Copies of the example's images. */
  readonly copies: number;
  readonly teams: readonly Team[];
  /** Writes the model's file. */
  write(file: string): Promise<void>;
}

/** Everything for one model: its API, the project's folder, the images. */
interface Setup {
  readonly platform: Platform;
  readonly api: string;
  readonly project: string;
  readonly images: string;
  readonly items: number;
  readonly batchSizes: readonly number[];
  readonly workers: number;
}

/**
 * A Python predictor with ONNX Runtime on real files: the same class, files, libraries and number of processes for all.
 * All times include listing the images and loading the models, except that Dask keeps its loaded model for its second
 * run. All results are durable: Millrace's rows in SQLite and then in ordered files, the loop's and Dask's in synced
 * files, Ray's in Parquet.
 */
export async function realModel(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const lines: Line[] = [];
  for (const model of models(options)) {
    const folder = await mkdtemp(join(tmpdir(), "millrace-model-"));
    try {
      lines.push(...(await measureModel(platform, { model, folder, rounds: options.rounds })));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return lines;
}

function models({ quick }: BenchOptions): readonly Model[] {
  return [
    {
      name: "digits",
      batchSizes: [32, 256],
      copies: quick ? 3 : 40,
      teams: [TWO, ONE],
      write: (file) => copyFile(join(EXAMPLE, "model", "digits.onnx"), file),
    },
    {
      name: "convolutions",
      batchSizes: [32],
      copies: 1,
      teams: [TWO],
      async write(file) {
        const script = join(root, "scripts", "bench", "inputs", "make-model.py");
        // 4 and 12 layers of 64 channels: about 0.11 and 0.42 billion multiplications per image.
        await runCommand([await installPython(), script, file, quick ? "4" : "12", "64"]);
      },
    },
  ];
}

async function measureModel(
  platform: Platform,
  { model, folder, rounds }: { readonly model: Model; readonly folder: string; readonly rounds: number },
): Promise<Line[]> {
  const { name, batchSizes, copies, teams } = model;
  const project = join(folder, "project");
  const images = join(folder, "images");
  await mkdir(join(project, "model"), { recursive: true });
  await copyFile(join(EXAMPLE, "predictor.py"), join(project, "predictor.py"));
  await model.write(join(project, "model", "digits.onnx"));
  const items = await copyImages(images, copies);
  await deployWithLibraries(platform, { api: name, project });
  const lines: Line[] = [];
  for (const { workers, peers } of teams) {
    const setup: Setup = { platform, api: name, project, images, items, batchSizes, workers };
    const sides = [ours(setup), ...peers.map((peer) => theirs(peer, { ...setup, folder }))];
    const outcomes = await interleave(sides, rounds);
    for (const size of batchSizes)
      for (const peer of peers)
        lines.push(
          compare(outcomes, {
            name: `${name} (ONNX, Python), batches of ${size}, ${workers === 1 ? "1 worker" : `${workers} workers`}`,
            unit: "items/s",
            better: "more",
            values: String(size),
            ours: "Millrace",
            peer: peer.name,
            target: peer === handWrittenLoop ? 0.97 : 1,
          }),
        );
  }
  return lines;
}

/** The project uses the peers' libraries through PYTHONPATH, so that all have the same build of ONNX Runtime. */
async function deployWithLibraries(
  platform: Platform,
  { api, project }: { readonly api: string; readonly project: string },
): Promise<void> {
  const sites = await pythonSites(await installPython());
  const file = join(project, "millrace.yaml");
  await writeFile(
    file,
    `- { name: ${api}, kind: BatchAPI, predictor: { type: python, path: predictor.py, env: { PYTHONPATH: ${JSON.stringify(sites)} } } }\n`,
  );
  await deploy(platform, file);
}

function ours({ platform, api, images, items, batchSizes, workers }: Setup): Side {
  return {
    name: "Millrace",
    async measure() {
      const rates: Record<string, number> = {};
      for (const size of batchSizes) {
        const file_path_lister = { s3_paths: [`${images}/`], includes: ["**/*.png"], batch_size: size };
        const submission = { workers, file_path_lister };
        const submittedMs = Date.now();
        const status = await runJob(platform, api, { submission, pollMs: 500 });
        if (status.metrics.items.succeeded !== items) throw new Error(JSON.stringify(status.job_status));
        rates[size] = items / secondsSince(submittedMs, status);
      }
      return rates;
    },
  };
}

function theirs(
  peer: ClassifyPeer,
  { project, images, items, batchSizes, workers, folder }: Setup & { readonly folder: string },
): Side {
  return {
    name: peer.name,
    async measure() {
      const results = await mkdtemp(join(folder, "results-"));
      const seconds = await peer.seconds({ project, images, batchSizes, workers, folder: results });
      await rm(results, { recursive: true });
      return Object.fromEntries(batchSizes.map((size, run) => [size, items / (seconds[run] ?? 0)]));
    },
  };
}
