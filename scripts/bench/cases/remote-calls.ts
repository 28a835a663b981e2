import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
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
const RETRY_AFTER_SECONDS = 1;
/** Servers: the shares of the calls that they refuse, and for which they fail. */
const KINDS = [
  { name: "", api: "remote", refused: 0, failed: 0, target: 0.97 },
  { name: " by AsyncOpenAI", api: "openai", refused: 0, failed: 0, target: 0.97 },
  // At most 1.15 times the time.
  { name: ", 20 % HTTP 429 and 5 % HTTP 500", api: "remote", refused: 0.2, failed: 0.05, target: 0.87 },
] as const;
type Kind = (typeof KINDS)[number];
const PEER = "asyncio and a semaphore";
const API = (name: string, path: string) =>
  `- { name: ${name}, kind: BatchAPI, predictor: { type: python, path: ${path}, concurrency: ${IN_FLIGHT} } }\n`;
const PROJECT = {
  "millrace.yaml": API("remote", "remote.py") + API("openai", "asked.py"),
  "requirements.txt": "aiohttp==3.14.5\nopenai==3.57.0\n",
  "asked.py": `from openai import AsyncOpenAI


class PythonPredictor:
    def __init__(self, config):
        self.client = AsyncOpenAI(base_url=config["url"], api_key="none", max_retries=0)

    async def predict_item(self, item):
        messages = [{"role": "user", "content": item["prompt"]}]
        answer = await self.client.chat.completions.create(model="none", messages=messages)
        return answer.choices[0].message.content
`,
  "remote.py": `import aiohttp
from millrace import RetryLater


class PythonPredictor:
    def __init__(self, config):
        self.url = config["url"]
        self.session = None

    async def predict_item(self, item):
        if self.session is None:
            self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        async with self.session.post(self.url, json=item) as response:
            if response.status == 429:
                raise RetryLater(float(response.headers["Retry-After"]))
            response.raise_for_status()
            return await response.json()
`,
};

/**
 * Calls of a local HTTP server that takes 300 ms to answer, 64 at once, by one worker's async `predict_item`, compared
 * with a short asyncio script. Then the same with a server that refuses a fifth of the calls and fails for a twentieth.
 * Millrace's time includes starting its worker and predictor, and writing its output.
 */
export async function remoteCalls(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const calls = options.quick ? 500 : 2_000;
  const folder = await mkdtemp(join(tmpdir(), "millrace-remote-"));
  const lines: Line[] = [];
  try {
    const items = join(folder, "items.ndjson");
    await writeLines(items, calls, (index) => JSON.stringify({ prompt: `number ${index}` }));
    await deploy(platform, PROJECT);
    for (const kind of KINDS)
      lines.push(await measure(platform, { items, calls, kind, rounds: options.rounds }));
    return lines;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  platform: Platform,
  { items, calls, kind, rounds }: { items: string; calls: number; kind: Kind; rounds: number },
): Promise<Line> {
  const { server, counts } = await startServer(kind);
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const setup: Setup = { api: kind.api, url, items, calls, counts };
    const outcomes = await interleave([ours(platform, setup), theirs(setup)], rounds);
    return compare(outcomes, {
      name: `${LATENCY_MS} ms calls, ${IN_FLIGHT} in flight${kind.name}`,
      unit: "calls/s",
      better: "more",
      values: "calls",
      ours: "Millrace",
      peer: PEER,
      target: kind.target,
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

interface Setup {
  readonly api: Kind["api"];
  readonly url: string;
  readonly items: string;
  readonly calls: number;
  /** Answers of the server so far. */
  readonly counts: { refused: number; failed: number };
}

function ours(platform: Platform, { api, url, items, calls, counts }: Setup): Side {
  const delimited_files = { s3_paths: [items], batch_size: BATCH_SIZE };
  return {
    name: "Millrace",
    measure: async () => {
      const failedBefore = counts.failed;
      const submission = { workers: 1, config: { url }, delimited_files, max_attempts: 10 };
      const status = await runJob(platform, api, { submission });
      const { succeeded } = status.metrics.items;
      if (succeeded !== calls) throw new Error(`${succeeded} of ${calls} calls succeeded`);
      const charged = status.job_status.worker_states.reduce((sum, one) => sum + one.failed_attempts, 0);
      const failed = counts.failed - failedBefore;
      if (charged !== failed) throw new Error(`${charged} attempts were charged, expected ${failed}`);
      return { calls: calls / runningSeconds(status) };
    },
  };
}

function theirs({ api, url, items, calls }: Setup): Side {
  const script = join(import.meta.dirname, "../peers/loop/call-remote.py");
  return {
    name: PEER,
    measure: async () => {
      // Not beside the items: their path is a prefix.
      const answers = `${dirname(items)}/answers.ndjson`;
      const command = [await installPython(), script, url, items, answers, String(IN_FLIGHT), api];
      const [seconds = Number.NaN] = await secondsOf(command);
      return { calls: calls / seconds };
    },
  };
}

/** A chat completion, or what was sent. */
function answerTo(body: Buffer): Buffer | string {
  const { messages } = JSON.parse(body.toString()) as { messages?: readonly { content: string }[] };
  if (!messages) return body;
  const message = { role: "assistant", content: messages[0]?.content };
  const choices = [{ index: 0, finish_reason: "stop", message }];
  return JSON.stringify({ id: "1", object: "chat.completion", created: 1, model: "none", choices });
}

/** Answers, or refuses, or fails. */
async function startServer({ refused, failed }: Kind) {
  const counts = { refused: 0, failed: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await delay(LATENCY_MS);
    const draw = Math.random();
    if (draw < refused) {
      counts.refused += 1;
      response.writeHead(429, { "Retry-After": RETRY_AFTER_SECONDS }).end();
    } else if (draw < refused + failed) {
      counts.failed += 1;
      response.writeHead(500).end();
    } else response.setHeader("Content-Type", "application/json").end(answerTo(Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, counts };
}
