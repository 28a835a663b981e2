import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { isMillraceError, WORKER_EXIT, type WorkerBackend } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { prepareWorker } from "../../src/run/prepare-worker.ts";
import { temporaryDirectory, writeProject } from "../prepare/archives.ts";
import { PREDICTOR_TS } from "../prepare/fixtures.ts";
import { type JobBench, openBench } from "../support/job-bench.ts";

/** A job of an API whose archive is in the object store. */
async function open(t: ExecutionContext, archive: Uint8Array | undefined): Promise<JobBench> {
  const bench = await openBench({ items: 1, job: { workers: 2 } });
  const { api } = bench.workerContext();
  if (archive)
    await put(bench.backend, bench.backend.objects.apiUri(api.name, api.version, "project.tar.gz"), archive);
  t.teardown(() => bench.backend.ledger.close());
  return bench;
}

async function put({ objects }: WorkerBackend, uri: string, bytes: Uint8Array): Promise<void> {
  const writer = await objects.writer(uri);
  await writer.write(bytes);
  await writer.commit();
}

function prepare(t: ExecutionContext, bench: JobBench, release = new AbortController().signal) {
  const options = { scratchDirectory: join(temporaryDirectory(t), "scratch"), env: process.env, release };
  return prepareWorker(bench.workerContext(), options);
}

test("prepareWorker() makes the version runnable, and reports that", async (t) => {
  const archive = await readFile(writeProject(temporaryDirectory(t), { "predictor.ts": PREDICTOR_TS }));
  const bench = await open(t, archive);
  const prepared = await prepare(t, bench);
  if (typeof prepared === "number") return t.fail(`it ended with ${prepared}`);
  t.is(await readFile(join(prepared.cwd, "predictor.ts"), "utf8"), PREDICTOR_TS);
  t.like(await bench.record(), { status: "initializing", reason: "preparing the project" });
});

test("prepareWorker() ends the job of a project that no worker could prepare", async (t) => {
  const bench = await open(t, Buffer.from("no archive"));
  t.is(await prepare(t, bench), WORKER_EXIT.done);
  const job = await bench.backend.ledger.jobs.get(bench.job.jobId);
  t.like(job, { status: "worker_error", reason: { code: "invalid_archive" } });
  t.true((await bench.log()).some(({ level }) => level === "error"));
});

test("prepareWorker() throws if others could prepare, because this machine is at fault", async (t) => {
  const bench = await open(t, Buffer.from("no archive"));
  await bench.backend.ledger.workers.update(bench.job.jobId, 1, { status: "running" });
  const error = await t.throwsAsync(prepare(t, bench));
  t.true(isMillraceError(error, "invalid_archive"));
  t.is(await bench.status(), "running");
});

test("prepareWorker() throws errors of the platform", async (t) => {
  const bench = await open(t, undefined);
  const error = await t.throwsAsync(prepare(t, bench));
  t.true(isMillraceError(error, "object_not_found"));
  t.is(await bench.status(), "running");
});

test("prepareWorker() exits with its own code when told to end", async (t) => {
  const bench = await open(t, Buffer.from("no archive"));
  t.is(await prepare(t, bench, AbortSignal.abort()), WORKER_EXIT.released);
  t.is(await bench.status(), "running");
});
