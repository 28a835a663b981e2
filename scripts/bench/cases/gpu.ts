import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { interleave, type Side } from "../interleave.ts";
import { type BenchOptions, type Line, median } from "../measure.ts";
import { installTorch, pythonSites } from "../peers/install.ts";
import { deploy, type Platform, root, runJob, runningSeconds } from "../platform.ts";
import { runCommand, secondsOf, tryCommand } from "../run-command.ts";

const BENCH = join(root, "scripts", "bench");
const BATCH_SIZE = 128;

interface Setup {
  readonly python: string;
  readonly images: string;
  readonly project: string;
  readonly items: number;
}

/** PyTorch's ResNet50 on one GPU, compared with a DataLoader loop over the same files. */
export async function gpu(platform: Platform, options: BenchOptions): Promise<Line[]> {
  if (!(await tryCommand(["nvidia-smi", "-L"])))
    return [{ name: "ResNet50 (PyTorch) on a GPU", skipped: "this machine has no GPU that nvidia-smi sees" }];
  const folder = await mkdtemp(join(tmpdir(), "millrace-gpu-"));
  try {
    const setup: Setup = {
      python: await installTorch(),
      images: join(folder, "images"),
      project: join(folder, "project"),
      items: options.quick ? 5_000 : 50_000,
    };
    await prepare(platform, setup);
    const outcomes = await interleave([ours(platform, setup), loop(setup)], options.rounds);
    const line = { ours: "Millrace", peer: "loop with a DataLoader", better: "more" } as const;
    const name = `ResNet50 (PyTorch), batches of ${BATCH_SIZE}, 1 GPU`;
    return [
      compare(outcomes, { ...line, name, unit: "images/s", values: "rate", target: 0.97 }),
      compare(outcomes, { ...line, name: `${name}: GPU busy`, unit: "%", values: "busy" }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(platform: Platform, { python, images, project, items }: Setup): Promise<void> {
  await mkdir(images);
  await mkdir(project);
  await runCommand([python, join(BENCH, "inputs", "make-images.py"), images, String(items)]);
  await copyFile(join(BENCH, "peers", "torch", "predictor.py"), join(project, "predictor.py"));
  const sites = await pythonSites(python);
  const predictor = `{ type: python, path: predictor.py, env: { PYTHONPATH: ${JSON.stringify(sites)} } }`;
  const file = join(project, "millrace.yaml");
  await writeFile(file, `- { name: resnet, kind: BatchAPI, predictor: ${predictor}, compute: { gpu: 1 } }\n`);
  await deploy(platform, file);
}

function ours(platform: Platform, { images, items }: Setup): Side {
  return {
    name: "Millrace",
    measure: () =>
      whileGpuIsWatched(async () => {
        const file_path_lister = { s3_paths: [`${images}/`], batch_size: BATCH_SIZE };
        const submission = { workers: 1, file_path_lister };
        const status = await runJob(platform, "resnet", { submission, pollMs: 500 });
        if (status.metrics.items.succeeded !== items) throw new Error(JSON.stringify(status.job_status));
        return items / runningSeconds(status);
      }),
  };
}

function loop({ python, images, project, items }: Setup): Side {
  return {
    name: "loop with a DataLoader",
    measure: () =>
      whileGpuIsWatched(async () => {
        const script = join(BENCH, "peers", "torch", "loop.py");
        const rows = join(project, "..", "rows.ndjson");
        const [seconds = 0] = await secondsOf([python, script, images, rows, String(BATCH_SIZE)]);
        return items / seconds;
      }),
  };
}

/** The rate, and the median GPU utilisation, sampled five times a second. */
async function whileGpuIsWatched(run: () => Promise<number>): Promise<Record<string, number>> {
  const query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=200", "--id=0"];
  const watch = spawn("nvidia-smi", query, { stdio: ["ignore", "pipe", "ignore"] });
  let samples = "";
  watch.stdout.setEncoding("utf8").on("data", (text) => {
    samples += text;
  });
  try {
    const rate = await run();
    return { rate, busy: median(samples.trim().split("\n").map(Number)) };
  } finally {
    watch.kill();
  }
}
