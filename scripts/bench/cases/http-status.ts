import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { compare } from "../compare.ts";
import { interleave } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { installNode } from "../peers/install.ts";
import { deploy, type Platform } from "../platform.ts";
import { runCommand } from "../run-command.ts";

const CONNECTIONS = 20;
const PROJECT = {
  "millrace.yaml": "- { name: busy, kind: BatchAPI, predictor: { type: typescript, path: busy.ts } }\n",
  "busy.ts":
    "export class Predictor { predict(payload: unknown[]) { return new Promise((done) => setTimeout(done, 20, payload)); } }\n",
};

interface Load {
  readonly url: string;
  readonly token?: string;
  readonly seconds: number;
}

/**
 * A running job's status, requested by autocannon as fast as possible, compared with a bare Koa that sends the same
 * JSON.
 */
export async function httpStatus(platform: Platform, options: BenchOptions): Promise<Line[]> {
  await deploy(platform, PROJECT);
  const token = (await readFile(join(platform.home, "token"), "utf8")).trim();
  const items = Array.from({ length: 500_000 }, (_, i) => i);
  const { job_id } = await platform.client.submit("busy", {
    workers: 1,
    item_list: { items, batch_size: 1 },
  });
  const seconds = options.quick ? 3 : 10;
  const sides = [
    {
      name: "Millrace",
      measure: () => underLoad({ url: `${platform.client.url}/busy/${job_id}`, token, seconds }),
    },
    {
      name: "bare Koa",
      async measure() {
        const body = JSON.stringify(await platform.client.job("busy", job_id));
        return withKoa(body, (url) => underLoad({ url, seconds }));
      },
    },
  ];
  const outcomes = await interleave(sides, options.rounds);
  await platform.client.stop("busy", job_id);
  const line = { ours: "Millrace", peer: "bare Koa" } as const;
  const name = `status of a running job over ${CONNECTIONS} connections`;
  return [
    compare(outcomes, { ...line, name, unit: "requests/s", better: "more", values: "rate" }),
    compare(outcomes, {
      ...line,
      name: `${name}, 99th percentile`,
      unit: "ms",
      better: "less",
      values: "latency",
    }),
  ];
}

async function underLoad({ url, token, seconds }: Load): Promise<Record<string, number>> {
  const program = join(await installNode(), ".bin", "autocannon");
  const headers = token === undefined ? [] : ["-H", `Authorization=Bearer ${token}`];
  const args = ["--json", "-c", String(CONNECTIONS), "-d", String(seconds), ...headers, url];
  const report = JSON.parse(await runCommand([program, ...args]));
  if (report.non2xx > 0 || report.errors > 0)
    throw new Error(`${report.non2xx} answers were no 2xx, ${report.errors} requests failed`);
  return { rate: report.requests.average, latency: report.latency.p99 };
}

async function withKoa<T>(body: string, use: (url: string) => Promise<T>): Promise<T> {
  const script = join(import.meta.dirname, "..", "peers", "koa", "status.ts");
  const child = spawn(process.execPath, [script, await installNode(), body], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [port] = await once(createInterface({ input: child.stdout }), "line");
    return await use(`http://127.0.0.1:${port}/`);
  } finally {
    child.kill();
    await once(child, "exit");
  }
}
