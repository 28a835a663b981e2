import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { compare } from "../compare.ts";
import { writeLines } from "../inputs/write-lines.ts";
import { interleave, type Side } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { installPython } from "../peers/install.ts";
import { deploy, type Platform, runJob, runningSeconds } from "../platform.ts";
import { secondsOf } from "../run-command.ts";

const IN_FLIGHT = 64;
const LATENCY_MS = 300;
const BATCH_SIZE = 50;
const PEER = "asyncio and a semaphore";
const PROJECT = {
  "millrace.yaml": `- { name: remote, kind: BatchAPI, predictor: { type: python, path: remote.py, concurrency: ${IN_FLIGHT} } }\n`,
  "requirements.txt": "aiohttp==3.14.5\n",
  "remote.py": `import aiohttp


class PythonPredictor:
    def __init__(self, config):
        self.url = config["url"]
        self.session = None

    async def predict_item(self, item):
        if self.session is None:
            self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        async with self.session.post(self.url, json=item) as response:
            return await response.json()
`,
};

/**
 * Calls of a local HTTP server that takes 300 ms to answer, 64 at once, by one worker's async `predict_item`, compared
 * with a short asyncio script. Millrace's time includes starting its worker and predictor, and writing its output.
 */
export async function remoteCalls(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const calls = options.quick ? 500 : 2_000;
  const folder = await mkdtemp(join(tmpdir(), "millrace-remote-"));
  const server = await startServer();
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const items = join(folder, "items.ndjson");
    await writeLines(items, calls, (index) => JSON.stringify({ prompt: `number ${index}` }));
    await deploy(platform, PROJECT);
    const outcomes = await interleave(
      [ours(platform, { url, items, calls }), theirs({ url, items, calls })],
      options.rounds,
    );
    const line = compare(outcomes, {
      name: `${LATENCY_MS} ms calls, ${IN_FLIGHT} in flight`,
      unit: "calls/s",
      better: "more",
      values: "calls",
      ours: "Millrace",
      peer: PEER,
      target: 0.97,
    });
    return [line];
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setup {
  readonly url: string;
  readonly items: string;
  readonly calls: number;
}

function ours(platform: Platform, { url, items, calls }: Setup): Side {
  const delimited_files = { s3_paths: [items], batch_size: BATCH_SIZE };
  return {
    name: "Millrace",
    measure: async () => {
      const submission = { workers: 1, config: { url }, delimited_files };
      const status = await runJob(platform, "remote", { submission });
      const { succeeded } = status.metrics.items;
      if (succeeded !== calls) throw new Error(`${succeeded} of ${calls} calls succeeded`);
      return { calls: calls / runningSeconds(status) };
    },
  };
}

function theirs({ url, items, calls }: Setup): Side {
  const script = join(import.meta.dirname, "../peers/loop/call-remote.py");
  return {
    name: PEER,
    measure: async () => {
      // Not beside the items: their path is a prefix.
      const answers = `${dirname(items)}/answers.ndjson`;
      const command = [await installPython(), script, url, items, answers, String(IN_FLIGHT)];
      const [seconds = Number.NaN] = await secondsOf(command);
      return { calls: calls / seconds };
    },
  };
}

/** Answers with what it is sent. */
async function startServer(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await delay(LATENCY_MS);
    response.setHeader("Content-Type", "application/json").end(Buffer.concat(chunks));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
