import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { interleave, type Side } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { installPython, pythonSites } from "../peers/install.ts";
import { deploy, type Platform, runJob, secondsSince } from "../platform.ts";
import { runCommand, secondsOf } from "../run-command.ts";

const BATCH_SIZE = 32;
const DECODERS = 2;
const BENCH = join(import.meta.dirname, "..");
const LOOP = "loop that decodes ahead";
const RAY = "Ray Data, two stages";

interface Setup {
  readonly platform: Platform;
  readonly project: string;
  readonly images: string;
  readonly items: number;
}

/**
 * JPEG files decoded by Pillow in `preprocess`, a convolutional ONNX model on one core in `predict`, one worker. All run
 * the same class; times include listing the images and loading the model, rows are durable.
 */
export async function decodeImages(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const items = options.quick ? 640 : 9_600;
  const folder = await mkdtemp(join(tmpdir(), "millrace-decode-"));
  try {
    const [project, images] = [join(folder, "project"), join(folder, "images")];
    await writeProject(project);
    await mkdir(images);
    await runCommand([await installPython(), join(BENCH, "inputs", "make-jpegs.py"), images, String(items)]);
    await deploy(platform, join(project, "millrace.yaml"));
    const setup = { platform, project, images, items };
    const sides = [ours(setup), theirs(LOOP, setup, folder), theirs(RAY, setup, folder)];
    const outcomes = await interleave(sides, options.rounds);
    return [LOOP, RAY].map((peer) =>
      compare(outcomes, {
        name: `JPEGs of 500x375, batches of ${BATCH_SIZE}, 1 worker`,
        unit: "items/s",
        better: "more",
        values: "rate",
        ours: "Millrace",
        peer,
        target: peer === LOOP ? 0.97 : 1.3,
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The project uses the peers' libraries through PYTHONPATH, so that all have the same builds. */
async function writeProject(project: string): Promise<void> {
  const python = await installPython();
  await mkdir(project);
  await copyFile(join(BENCH, "inputs", "decode-images.py"), join(project, "predictor.py"));
  await runCommand([python, join(BENCH, "inputs", "make-model.py"), join(project, "model.onnx"), "4", "64"]);
  const sites = await pythonSites(python);
  const predictor = `{ type: python, path: predictor.py, env: { PYTHONPATH: ${JSON.stringify(sites)} }, preprocess: { workers: ${DECODERS} } }`;
  const api = `- { name: decode, kind: BatchAPI, predictor: ${predictor}, compute: { cpu: 2 } }\n`;
  await writeFile(join(project, "millrace.yaml"), api);
}

function ours({ platform, images, items }: Setup): Side {
  return {
    name: "Millrace",
    async measure() {
      const file_path_lister = { s3_paths: [`${images}/`], includes: ["**/*.jpg"], batch_size: BATCH_SIZE };
      const submittedMs = Date.now();
      const status = await runJob(platform, "decode", { submission: { workers: 1, file_path_lister } });
      if (status.metrics.items.succeeded !== items) throw new Error(JSON.stringify(status.job_status));
      return { rate: items / secondsSince(submittedMs, status) };
    },
  };
}

function theirs(name: typeof LOOP | typeof RAY, { project, images, items }: Setup, folder: string): Side {
  return {
    name,
    async measure() {
      const results = await mkdtemp(join(folder, "results-"));
      const [script, args] =
        name === LOOP ? ["loop/decode-ahead.py", [DECODERS, BATCH_SIZE]] : ["ray/decode.py", [BATCH_SIZE]];
      const command = [
        await installPython(),
        join(BENCH, "peers", script as string),
        project,
        images,
        results,
      ];
      const [seconds = Number.NaN] = await secondsOf([...command, ...(args as number[]).map(String)]);
      return { rate: items / seconds };
    },
  };
}
