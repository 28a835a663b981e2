import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { TREE_VARIABLE } from "@millrace/process-tree";
import type { Home } from "../home/home.ts";

export interface WorkerCommand {
  /** Program and first arguments that run the worker's main. */
  readonly command: readonly string[];
  /** Environment to pass on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function runArguments(home: Home, jobId: string, worker: number): readonly string[] {
  return ["run", "--home", home.root, "--job", jobId, "--worker", String(worker)];
}

/** Starts a worker in its own session and process tree, with its output in a file, so that it outlives this process. */
export function spawnWorker(
  home: Home,
  { command, environment }: WorkerCommand,
  worker: {
    readonly jobId: string;
    readonly number: number;
    readonly gpuNames: readonly string[];
    readonly tree: string;
  },
): ChildProcess {
  const [program, ...first] = command;
  if (program === undefined) throw new TypeError("Cannot start a worker: workerCommand is empty");
  const logs = home.logsDirectory(worker.jobId);
  mkdirSync(logs, { recursive: true });
  const output = openSync(join(logs, `worker-${String(worker.number).padStart(5, "0")}.stderr`), "a");
  try {
    const child = spawn(program, [...first, ...runArguments(home, worker.jobId, worker.number)], {
      detached: true,
      cwd: home.root,
      stdio: ["ignore", output, output],
      env: {
        ...environment,
        // An empty value hides all GPUs from a worker that requested none. The order is that of nvidia-smi.
        CUDA_VISIBLE_DEVICES: worker.gpuNames.join(","),
        CUDA_DEVICE_ORDER: "PCI_BUS_ID",
        [TREE_VARIABLE]: worker.tree,
      },
    });
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}
