import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { copyImages } from "../inputs/copy-images.ts";
import { interleave, type Side } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { deploy, type Platform, root, runJob, secondsSince } from "../platform.ts";

const EXAMPLE = join(root, "examples", "image-classifier");
const BATCH_SIZES = [32, 256] as const;
const PROCESSES = 2;

/** The TypeScript example on real files: the platform compared with a hand-written loop that uses as many processes. */
export async function imageClassifier(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-images-"));
  try {
    const items = await copyImages(folder, options.quick ? 4 : 20);
    await deploy(platform, join(EXAMPLE, "millrace.yaml"), "image-classifier");
    const sides = [ours(platform, { folder, items }), await loop(platform, { folder, items })];
    const outcomes = await interleave(sides, options.rounds);
    return BATCH_SIZES.map((size) =>
      compare(outcomes, {
        name: `digits (ONNX, TypeScript), batches of ${size}, ${PROCESSES} workers`,
        unit: "items/s",
        better: "more",
        values: String(size),
        ours: "Millrace",
        peer: "hand-written loop",
        target: 0.97,
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Images {
  readonly folder: string;
  readonly items: number;
}

function ours(platform: Platform, { folder, items }: Images): Side {
  return {
    name: "Millrace",
    async measure() {
      const rates: Record<string, number> = {};
      for (const size of BATCH_SIZES) {
        const file_path_lister = { s3_paths: [`${folder}/`], includes: ["**/*.png"], batch_size: size };
        const submission = { workers: PROCESSES, file_path_lister };
        const submittedMs = Date.now();
        const status = await runJob(platform, "image-classifier", { submission, pollMs: 500 });
        if (status.metrics.items.succeeded !== items) throw new Error(JSON.stringify(status));
        rates[size] = items / secondsSince(submittedMs, status);
      }
      return rates;
    },
  };
}

async function loop(platform: Platform, { folder, items }: Images): Promise<Side> {
  const project = await deployedProject(platform);
  return {
    name: "hand-written loop",
    async measure() {
      const rates: Record<string, number> = {};
      for (const size of BATCH_SIZES) rates[size] = items / (await loopSeconds(project, { folder, size }));
      return rates;
    },
  };
}

/** The project as the platform unpacked and installed it, so that the loop runs the same predictor. */
async function deployedProject(platform: Platform): Promise<string> {
  const versions = join(platform.home, "apis", "image-classifier");
  for (const version of await readdir(versions)) {
    const project = join(versions, version, "project");
    if (await stat(join(project, "predictor.ts")).catch(() => undefined)) return project;
  }
  throw new Error("the deployed project is not where it is expected");
}

/** Wall seconds of the loop, including process startup, as the platform's time includes worker startup. */
async function loopSeconds(
  project: string,
  { folder: images, size }: { readonly folder: string; readonly size: number },
): Promise<number> {
  const peer = join(import.meta.dirname, "..", "peers", "loop", "classify.ts");
  const out = join(images, "..", `loop-${process.pid}`);
  await mkdir(out, { recursive: true });
  const startedAt = performance.now();
  const children = Array.from({ length: PROCESSES }, (_, i) => {
    const args = [peer, project, images, out, String(i), String(PROCESSES), String(size)];
    return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  });
  await Promise.all(children.map((child) => once(child, "exit")));
  const seconds = (performance.now() - startedAt) / 1_000;
  await rm(out, { recursive: true, force: true });
  return seconds;
}
