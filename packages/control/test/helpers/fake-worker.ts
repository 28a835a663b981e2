import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openLocalWorkerBackend } from "@millrace/backend-local";
import {
  type BatchDescriptor,
  BatchReader,
  DEFAULTS,
  errorRow,
  isComplete,
  isTerminal,
  type Job,
  outputRow,
  silentLogger,
  type WorkerBackend,
} from "@millrace/core";

// A stand-in for the worker: doubles numbers, fails "bad" items, and misbehaves as the job's config says.
const [command, ...rest] = process.argv.slice(2);
const { values } = parseArgs({
  args: rest,
  options: {
    home: { type: "string" },
    job: { type: "string" },
    worker: { type: "string" },
    api: { type: "string" },
    version: { type: "string" },
    archive: { type: "string" },
    fresh: { type: "boolean" },
  },
});
const home = String(values.home);
if (command === "prepare") prepare();
else await run(String(values.job), Number(values.worker));

function prepare(): void {
  const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
  say({ type: "output", text: "installing" });
  const project = readFileSync(String(values.archive));
  if (project.length === 0) throw new Error("no archive");
  const failing = readText(join(home, "fake-prepare")) === "fail";
  if (failing)
    say({ type: "error", code: "predictor_not_loadable", message: "Cannot load predictor: no such class" });
  else say({ type: "prepared" });
  process.exitCode = failing ? 1 : 0;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

async function run(jobId: string, worker: number): Promise<void> {
  const backend = await openLocalWorkerBackend({ home, logger: silentLogger });
  const { ledger } = backend;
  const job = await ledger.jobs.get(jobId);
  const { config } = job.spec;
  process.on("SIGTERM", () => process.exit(75));
  await ledger.workers.update(jobId, worker, {
    status: "running",
    startedAtMs: Date.now(),
    heartbeatAtMs: Date.now(),
  });
  await backend.logs.append(jobId, worker, [
    { timeMs: Date.now(), level: "info", worker, text: `hello from ${worker}` },
  ]);
  if (config.mode === "crash") process.exit(1);
  if (config.mode === "leave") process.exit(0);
  if (config.mode === "hold") await delay(600_000);
  const reader = new BatchReader({
    objects: backend.objects,
    source: (id) => ledger.batches.source(jobId, id),
  });
  for (;;) {
    const leases = await backend.queue.lease(jobId, { max: 8, leaseSeconds: DEFAULTS.leaseSeconds, worker });
    for (const { batch, receipt } of leases) {
      // The second half waits for the test.
      while (typeof config.gate === "string" && batch.first >= 30 && !existsSync(config.gate))
        await delay(20);
      await predict(backend, { job, batch, reader, worker });
      await backend.queue.ack(jobId, [receipt]);
      if (typeof config.slowMs === "number") await delay(config.slowMs);
    }
    const { status } = await ledger.jobs.get(jobId);
    if (isTerminal(status)) break;
    if (isComplete(await ledger.batches.progress(jobId)) && status === "running")
      await complete(backend, jobId);
    else if (leases.length === 0) await delay(20);
  }
  await ledger.workers.update(jobId, worker, { status: "succeeded" });
  await ledger.close();
}

async function predict(
  { ledger }: WorkerBackend,
  options: { job: Job; batch: BatchDescriptor; reader: BatchReader; worker: number },
): Promise<void> {
  const { job, batch, reader, worker } = options;
  const { jobId } = job.spec;
  const [loaded] = await reader.read([batch]);
  const items = loaded?.items ?? [];
  const failed = items.some((item) => item.includes("bad")) && job.spec.config.mended !== true;
  const error = { code: "predictor_error", type: "ValueError", message: "it is bad", traceback: "Traceback" };
  if (failed) {
    await ledger.batches.recordAttempt(jobId, { ...batch, worker, endedAtMs: Date.now(), error });
  }
  const rows = items.map((item, i) =>
    failed
      ? errorRow(batch.first + i, "null", { code: error.code, message: error.message, attempts: 1 })
      : outputRow(batch.first + i, "null", item),
  );
  const commit = {
    batch,
    rows: `${rows.join("\n")}\n`,
    failedItems: failed ? batch.count : 0,
    predictMs: 2,
    worker,
  };
  await ledger.batches.commit(jobId, [commit]);
}

async function complete({ ledger, objects }: WorkerBackend, jobId: string): Promise<void> {
  const owner = String(process.pid);
  if (!(await ledger.jobs.acquireCompletion(jobId, { owner, seconds: 30 }))) return;
  const uri = objects.jobUri(jobId, "output/part-00000.ndjson");
  const writer = await objects.writer(uri);
  for await (const block of ledger.batches.results(jobId)) await writer.write(Buffer.from(block.rows));
  await writer.commit();
  await ledger.jobs.setOutput(jobId, { manifestUri: uri, partUris: [uri] });
  const { failedItems } = await ledger.batches.progress(jobId);
  await ledger.jobs.transition(jobId, failedItems > 0 ? "completed_with_failures" : "succeeded", {
    atMs: Date.now(),
  });
}
