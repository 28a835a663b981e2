import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  batch,
  collect,
  commitOf,
  createRunningJob,
  rowsOf,
  sampleApi,
  sampleJob,
} from "@millrace/backend-suite";
import { type Backend, type JobSpec, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { openLocalBackend } from "../../src/mod.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const IDEMPOTENCY = { key: "k", fingerprint: "f" };

interface OpenedHome {
  readonly home: string;
  open(): Promise<Backend>;
  close(): Promise<void>;
}

async function openHome(t: ExecutionContext): Promise<OpenedHome> {
  const { home, remove } = await temporaryHome();
  let backend: Backend | undefined;
  const close = async () => {
    await backend?.pool.close();
    await backend?.ledger.close();
    backend = undefined;
  };
  t.teardown(async () => {
    await close();
    await remove();
  });
  const options = { home, logger: silentLogger, workerCommand: ["none"], environment: {} };
  return {
    home,
    close,
    async open() {
      await close();
      backend = await openLocalBackend({ ...options, machine: { cpus: 1, gpus: [], memBytes: 1 } });
      return backend;
    },
  };
}

/** A job that is over, with rows and an output, and one that is not. */
async function twoJobs(backend: Backend): Promise<{ readonly over: JobSpec; readonly waiting: JobSpec }> {
  const overId = await createRunningJob(backend, [batch(0, 2)]);
  await backend.ledger.batches.commit(overId, [commitOf(batch(0, 2))]);
  await backend.ledger.jobs.setOutput(overId, { manifestUri: "/m", partUris: ["/p"] });
  await backend.ledger.jobs.transition(overId, "succeeded", { atMs: 7 });
  const { job } = await backend.ledger.jobs.create(sampleJob(), { idempotency: IDEMPOTENCY });
  return { over: (await backend.ledger.jobs.get(overId)).spec, waiting: job.spec };
}

async function checkBothAreThere(
  t: ExecutionContext,
  backend: Backend,
  jobs: Awaited<ReturnType<typeof twoJobs>>,
) {
  const { over, waiting } = jobs;
  const { ledger } = backend;
  t.deepEqual(
    (await ledger.jobs.list({})).map(({ spec }) => spec.jobId).sort(),
    [over.jobId, waiting.jobId].sort(),
  );
  const [listed] = await ledger.jobs.list({ statuses: ["succeeded"] });
  t.like(listed, {
    spec: { jobId: over.jobId },
    endedAtMs: 7,
    output: { manifestUri: "/m", partUris: ["/p"] },
  });
  t.deepEqual(listed?.progress?.succeededItems, 2);
  t.is(rowsOf(await collect(ledger.batches.results(over.jobId))), commitOf(batch(0, 2)).rows);
  t.deepEqual(await ledger.jobs.active(), [waiting.jobId]);
  const again = await ledger.jobs.create(sampleJob(), { idempotency: IDEMPOTENCY });
  t.false(again.created);
  t.is(again.job.spec.jobId, waiting.jobId);
}

test("openLocalBackend() adds every job to an index that was lost, moved away after damage, or restored from a backup", async (t) => {
  for (const loss of ["lost", "older"] as const) {
    const { home, open, close } = await openHome(t);
    const index = join(home, "index.db");
    await open();
    await close();
    copyFileSync(index, join(home, "older.db"));
    const jobs = await twoJobs(await open());
    await close();
    rmSync(index);
    if (loss === "older") renameSync(join(home, "older.db"), index);
    await checkBothAreThere(t, await open(), jobs);
    await checkBothAreThere(t, await open(), jobs);
  }
});

test("openLocalBackend() adds a job whose creation was interrupted to the index, under its key", async (t) => {
  const { home, open, close } = await openHome(t);
  const { job } = await (await open()).ledger.jobs.create(sampleJob(), { idempotency: IDEMPOTENCY });
  await close();
  const index = new DatabaseSync(join(home, "index.db"));
  index.exec("DELETE FROM jobs; DELETE FROM idempotency");
  index.close();
  const { ledger } = await open();
  t.deepEqual(await ledger.jobs.active(), [job.spec.jobId]);
  t.is((await ledger.jobs.create(sampleJob(), { idempotency: IDEMPOTENCY })).job.spec.jobId, job.spec.jobId);
});

test("openLocalBackend() completes an interrupted deletion, and forgets jobs whose folders are gone", async (t) => {
  const { home, open, close } = await openHome(t);
  const backend = await open();
  const { over, waiting } = await twoJobs(backend);
  const { job: third } = await backend.ledger.jobs.create(sampleJob());
  await close();
  writeFileSync(join(home, "jobs", over.jobId, "deleted"), "");
  rmSync(join(home, "jobs", waiting.jobId), { recursive: true });
  const { ledger } = await open();
  t.deepEqual(
    (await ledger.jobs.list({})).map(({ spec }) => spec.jobId),
    [third.spec.jobId],
  );
  t.deepEqual(readdirSync(join(home, "jobs")), [third.spec.jobId]);
  t.true((await ledger.jobs.create(sampleJob(), { idempotency: IDEMPOTENCY })).created);
});

test("openLocalBackend() moves what is not a job to the quarantine, and deletes nothing that may be a result", async (t) => {
  const { home, open, close } = await openHome(t);
  const { over, waiting } = await twoJobs(await open());
  await close();
  rmSync(join(home, "index.db"));
  const folder = (name: string, ...parts: string[]) => join(home, "jobs", name, ...parts);
  // A job file that is damaged, one that was moved away beside its output, and what a submission left that never became a job.
  writeFileSync(folder(over.jobId, "job.db"), "no database ".repeat(200));
  for (const suffix of ["-wal", "-shm"]) rmSync(folder(over.jobId, `job.db${suffix}`), { force: true });
  mkdirSync(folder("without-file", "objects", "output"), { recursive: true });
  writeFileSync(folder("without-file", "objects", "output", "part-00000.ndjson"), "{}\n");
  mkdirSync(folder("submission", "objects"), { recursive: true });
  writeFileSync(folder("submission", "objects", "items.ndjson"), "1\n");
  mkdirSync(folder("being-written", "objects"), { recursive: true });
  for (const name of ["without-file", "submission"]) utimesSync(folder(name), 0, 0);
  const { ledger } = await open();
  t.deepEqual(
    (await ledger.jobs.list({})).map(({ spec }) => spec.jobId),
    [waiting.jobId],
  );
  t.deepEqual(readdirSync(join(home, "quarantine")).sort(), [over.jobId, "without-file"].sort());
  t.true(existsSync(join(home, "quarantine", "without-file", "objects", "output", "part-00000.ndjson")));
  t.deepEqual(readdirSync(join(home, "jobs")).sort(), [waiting.jobId, "being-written"].sort());
});

test("openLocalBackend() leaves the job of a newer Millrace unchanged", async (t) => {
  const { home, open, close } = await openHome(t);
  const { over, waiting } = await twoJobs(await open());
  await close();
  rmSync(join(home, "index.db"));
  const database = new DatabaseSync(join(home, "jobs", over.jobId, "job.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  const { ledger } = await open();
  t.deepEqual(await ledger.jobs.active(), [waiting.jobId]);
  t.true(existsSync(join(home, "jobs", over.jobId, "job.db")));
  t.false(existsSync(join(home, "quarantine")));
});

test("openLocalBackend() deploys the newest version of each API again when the index was lost", async (t) => {
  const { home, open, close } = await openHome(t);
  const backend = await open();
  const versions = ["0000000000000001", "0000000000000002"].map((version) => sampleApi("types", version));
  for (const [i, api] of versions.entries()) {
    await backend.ledger.apis.put(api);
    // What the preparation of a version writes.
    const folder = join(home, "apis", api.name, api.version);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "spec.json"), JSON.stringify(api.spec));
    utimesSync(join(folder, "spec.json"), 1_000 + i, 1_000 + i);
  }
  const [first, second] = versions as [(typeof versions)[0], (typeof versions)[0]];
  const { job } = await backend.ledger.jobs.create({
    ...sampleJob(),
    apiName: first.name,
    apiVersion: first.version,
  });
  await close();
  rmSync(join(home, "index.db"));
  const { ledger } = await open();
  t.is((await ledger.apis.get(first.name))?.version, second.version);
  t.deepEqual((await ledger.apis.version(job.spec.apiName, first.version))?.spec, first.spec);
});
