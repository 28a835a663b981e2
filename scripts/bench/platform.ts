import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { MillraceClient } from "@millrace/client";
import type { JobStatusResponse } from "@millrace/core";
import { runProcess } from "@millrace/process-tree";
import { processesOf, signal } from "../../packages/chaos/src/processes.ts";

export const root = resolve(import.meta.dirname, "..", "..");

/** A separate service in a temporary home. */
export interface Platform {
  readonly home: string;
  readonly client: MillraceClient;
  readonly pid: number;
  stop(options?: { readonly keepHome?: boolean }): Promise<void>;
}

/** `environment` is added to the service's own, for example for emulated AWS. */
export async function startPlatform(
  environment: Readonly<Record<string, string>> = {},
  { home: kept }: { readonly home?: string } = {},
): Promise<Platform> {
  const home = kept ?? (await mkdtemp(join(tmpdir(), "millrace-bench-")));
  const main = join(root, "packages", "control", "src", "main.ts");
  const env = {
    ...process.env,
    ...environment,
    MILLRACE_HOME: home,
    MILLRACE_PORT: "0",
    MILLRACE_LOG_LEVEL: "error",
  };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const url = /http:\S+/.exec(String(line))?.[0];
  if (!url || child.pid === undefined) throw new Error(`Cannot start the service: it said "${line}"`);
  // An interrupted benchmark leaves nothing behind.
  const abandon = () => {
    for (const { pid } of processesOf(home)) signal(pid, "SIGKILL");
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  process.once("exit", abandon);
  const token = (await readFile(join(home, "token"), "utf8")).trim();
  return {
    home,
    client: new MillraceClient({ url, token }),
    pid: child.pid,
    async stop({ keepHome = false } = {}) {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      process.off("exit", abandon);
      if (keepHome) return;
      // Workers outlive their service by design, but those of an aborted case must not outlive the benchmark. A worker
      // that is just exiting may still write its compile cache: hence the retries.
      abandon();
    },
  };
}

/** Deploys a project on disk, or one given as file name -> text. */
export async function deploy(
  platform: Platform,
  project: string | Readonly<Record<string, string>>,
  api?: string,
): Promise<void> {
  let file = project;
  if (typeof file !== "string") {
    const folder = await mkdtemp(join(platform.home, "project-"));
    for (const [name, text] of Object.entries(project)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    file = join(folder, "millrace.yaml");
  }
  const cli = join(root, "packages", "cli", "src", "main.ts");
  const args = [cli, "deploy", file, "--home", platform.home, ...(api ? ["--api", api] : [])];
  const { code, stderr } = await runProcess([process.execPath, ...args]);
  if (code !== 0) throw new Error(`Cannot deploy: ${stderr}`);
}

/** Submits a job and waits for its end, polling at most every `pollMs`. */
export async function runJob(
  platform: Platform,
  api: string,
  options: { readonly submission: Parameters<MillraceClient["submit"]>[1]; readonly pollMs?: number },
): Promise<JobStatusResponse> {
  const { job_id } = await platform.client.submit(api, options.submission);
  for (;;) {
    const status = await platform.client.job(api, job_id);
    if (status.job_status.end_time !== null) return status;
    await new Promise((done) => setTimeout(done, options.pollMs ?? 100));
  }
}

/** Seconds from `running` to the final status. */
export function runningSeconds({ job_status }: JobStatusResponse): number {
  return (Date.parse(job_status.end_time ?? "") - Date.parse(job_status.start_time ?? "")) / 1_000;
}

/** Seconds from submission to the final status. Includes listing the files, as the peers' loops do. */
export function secondsSince(submittedMs: number, { job_status }: JobStatusResponse): number {
  return (Date.parse(job_status.end_time ?? "") - submittedMs) / 1_000;
}

/** Peak resident memory of a process so far, in MiB (Linux). */
export async function peakMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
