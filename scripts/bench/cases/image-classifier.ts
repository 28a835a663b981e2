import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Measurement } from "../measure.ts";
import { deploy, type Platform, root, runJob, runningSeconds } from "../platform.ts";

const EXAMPLE = join(root, "examples", "image-classifier");
const COPIES = 40;
const BATCH_SIZE = 32;
const PROCESSES = 2;

/** A real model on real files: the platform against a loop that somebody would write by hand, with as many processes. */
export async function imageClassifier(
  platform: Platform,
  options: { readonly rounds: number },
): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-images-"));
  try {
    for (let i = 0; i < COPIES; i++)
      await cp(join(EXAMPLE, "images"), join(folder, `copy-${i}`), { recursive: true });
    await deploy(platform, join(EXAMPLE, "millrace.yaml"), "image-classifier");
    const project = await deployedProject(platform);
    const submission = {
      workers: PROCESSES,
      file_path_lister: { s3_paths: [`${folder}/`], includes: ["**/*.png"], batch_size: BATCH_SIZE },
    };
    const ours: number[] = [];
    const peer: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const status = await runJob(platform, "image-classifier", { submission, pollMs: 1_000 });
      const items = status.metrics.items.succeeded;
      if (items !== status.metrics.items.total) throw new Error(JSON.stringify(status));
      ours.push(items / runningSeconds(status));
      peer.push(items / (await loopSeconds(project, folder)));
    }
    return [
      {
        name: `image-classifier, batch size ${BATCH_SIZE}, ${PROCESSES} workers`,
        unit: "items/s",
        ours,
        peer: { name: `hand-written loop, ${PROCESSES} processes`, values: peer },
        target: { kind: "at least", value: 0.95 },
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the platform unpacked the project and installed its dependencies: the loop runs the very same predictor. */
async function deployedProject(platform: Platform): Promise<string> {
  const versions = join(platform.home, "apis", "image-classifier");
  for (const version of await readdir(versions)) {
    const project = join(versions, version, "project");
    if (await stat(join(project, "predictor.ts")).catch(() => undefined)) return project;
  }
  throw new Error("the deployed project is not where it is expected");
}

/** Wall seconds of the loop, its processes' start included, as the platform's workers' start is. */
async function loopSeconds(project: string, images: string): Promise<number> {
  const peer = join(import.meta.dirname, "..", "peers", "classify-loop.ts");
  const out = join(images, "..", `loop-${process.pid}`);
  await mkdir(out, { recursive: true });
  const startedAt = performance.now();
  const children = Array.from({ length: PROCESSES }, (_, i) => {
    const args = [peer, project, images, out, String(i), String(PROCESSES), String(BATCH_SIZE)];
    return spawn(process.execPath, args, { stdio: "inherit" });
  });
  await Promise.all(children.map((child) => once(child, "exit")));
  const seconds = (performance.now() - startedAt) / 1_000;
  await rm(out, { recursive: true, force: true });
  return seconds;
}
