import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { batch, commitOf, createRunningJob } from "@millrace/backend-suite";
import {
  isMillraceError,
  type Logger,
  MillraceError,
  silentLogger,
  type WorkerBackend,
} from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { openLocalWorkerBackend } from "../../src/mod.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const PAGE_BYTES = 8_192;
const END = { atMs: 9, reason: { code: "stopped", message: "A user stopped the job" } };

/** Bytes that are the same in each run. */
function noise(bytes: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: bytes }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state >> 16;
  });
}

function overwrite(file: string, bytes: Uint8Array, at: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}

/** What happens to files, on bad media and by bad luck. */
const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  "is empty": (file) => truncateSync(file, 0),
  "was cut in half": (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
  "was cut within its first page": (file) => truncateSync(file, 200),
  "is all zeros": (file) => writeFileSync(file, new Uint8Array(statSync(file).size)),
  "is noise": (file) => writeFileSync(file, noise(statSync(file).size)),
  "has a garbled header": (file) => overwrite(file, noise(100), 0),
  "is text": (file) => writeFileSync(file, "so long"),
  "is gone": (file) => rmSync(file),
  "is another database": (file) => {
    rmSync(file);
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE job (id); PRAGMA user_version = 4");
    other.close();
  },
  "holds a status that is none": (file) => change(file, "UPDATE job SET status = 'runnning'"),
  "holds a reason that is no JSON": (file) => change(file, "UPDATE job SET reason = '{\"co'"),
  "holds a spec that is no JSON": (file) => change(file, "UPDATE spec SET json = substr(json, 1, 40)"),
  "holds a spec that is nothing": (file) => change(file, "UPDATE spec SET json = 'null'"),
  "holds no spec": (file) => change(file, "DELETE FROM spec"),
  "holds counts that are none": (file) => change(file, "UPDATE progress SET succeeded_items = 'ten'"),
};

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

/** A running job with some rows, whose file is closed, and a backend that has not seen it yet. */
async function closedJob(t: ExecutionContext, logger: Logger = silentLogger) {
  const { home, remove } = await temporaryHome();
  const opened: WorkerBackend[] = [];
  t.teardown(async () => {
    for (const { ledger } of opened) await ledger.close();
    await remove();
  });
  const open = async () => {
    const backend = await openLocalWorkerBackend({ home, logger, now: () => 1_000 });
    opened.push(backend);
    return backend;
  };
  const first = await open();
  const batches = Array.from({ length: 30 }, (_, i) => batch(i));
  const jobId = await createRunningJob(first, batches);
  await first.ledger.batches.commit(
    jobId,
    batches.slice(0, 10).map((one) => commitOf(one)),
  );
  await first.ledger.workers.update(jobId, 0, { status: "running" });
  await first.ledger.close();
  const file = join(home, "jobs", jobId, "job.db");
  return { home, jobId, file, open };
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`a job whose file ${what} ends, is still listed and shown, and can be deleted`, async (t) => {
    const { home, jobId, file, open } = await closedJob(t);
    damage(file);
    const { ledger, queue } = await open();
    await ledger.batches.progress(jobId);
    const job = await ledger.jobs.get(jobId);
    t.is(await ledger.jobs.status(jobId), "unexpected_error");
    t.like(job, { status: "unexpected_error", endedAtMs: 1_000, spec: { jobId, apiName: "sample" } });
    t.is(job.reason?.code, "state_corrupt");
    t.regex(job.reason?.message ?? "", /^The service cannot go on with the job: Cannot read state file "/);
    t.like(await ledger.jobs.list({ statuses: ["unexpected_error"] }), [{ spec: { jobId } }]);
    t.deepEqual(await ledger.jobs.active(), []);
    t.deepEqual(await ledger.jobs.unsettled(), [jobId]);
    t.like(await ledger.batches.progress(jobId), { status: "unexpected_error", totalItems: 30 });
    t.true((await ledger.workers.list(jobId)).length <= 1);
    t.is((await queue.counts(jobId)).leased, 0);
    t.false(await ledger.jobs.transition(jobId, "stopped", END), "it is over");
    await queue.delete(jobId);
    await ledger.jobs.settle(jobId);
    t.deepEqual(await ledger.jobs.unsettled(), []);
    await ledger.jobs.delete(jobId);
    t.false(existsSync(join(home, "jobs", jobId)));
    t.deepEqual(await ledger.jobs.list({}), []);
    const gone = await t.throwsAsync(ledger.jobs.get(jobId), { instanceOf: MillraceError });
    t.is(gone.code, "job_not_found");
  });
}

test("a job with any page overwritten is either intact, or ends with what can be read", async (t) => {
  const { jobId, file, open } = await closedJob(t);
  const copy = `${file}.copy`;
  copyFileSync(file, copy);
  const index = join(file, "..", "..", "..", "index.db");
  const indexCopy = readFileSync(index);
  const pages = statSync(file).size / PAGE_BYTES;
  t.true(pages > 14);
  let ended = 0;
  for (let page = 0; page < pages; page++) {
    for (const suffix of ["-wal", "-shm"])
      for (const one of [file, index]) rmSync(one + suffix, { force: true });
    copyFileSync(copy, file);
    writeFileSync(index, indexCopy);
    overwrite(file, noise(PAGE_BYTES, page + 1), page * PAGE_BYTES);
    const { ledger, queue } = await open();
    // Whatever is read first, second, …: none of it throws, and all of it agrees.
    await ledger.batches.progress(jobId);
    await queue.counts(jobId);
    await ledger.workers.list(jobId);
    const job = await ledger.jobs.get(jobId);
    if (job.status === "running") t.like(await ledger.batches.progress(jobId), { succeededItems: 10 });
    else {
      ended += 1;
      t.deepEqual([job.status, job.reason?.code], ["unexpected_error", "state_corrupt"], `page ${page}`);
      t.is(await ledger.jobs.status(jobId), "unexpected_error");
    }
    await ledger.close();
  }
  t.true(ended > 3);
});

test("stopping a job with a damaged file still ends it, once, and logs it once", async (t) => {
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
  const { jobId, file, open } = await closedJob(t, logger);
  writeFileSync(file, noise(20_000));
  const [one, two] = [await open(), await open()];
  t.true(await one.ledger.jobs.transition(jobId, "stopped", END));
  t.false(await two.ledger.jobs.transition(jobId, "worker_error", END));
  for (const { ledger } of [one, two, one])
    t.is((await ledger.jobs.get(jobId)).reason?.code, "state_corrupt");
  t.deepEqual(errors, ["ending a job because its file is damaged"]);
});

test("a job that was over keeps its status and its counts when its file is damaged", async (t) => {
  const { jobId, file, open } = await closedJob(t);
  const before = await open();
  await before.ledger.jobs.transition(jobId, "stopped", END);
  await before.ledger.close();
  writeFileSync(file, noise(20_000));
  const { ledger } = await open();
  t.like(await ledger.jobs.get(jobId), { status: "stopped", reason: END.reason, endedAtMs: 9 });
  t.like(await ledger.batches.progress(jobId), { succeededItems: 10, totalItems: 30 });
  t.deepEqual(await ledger.workers.list(jobId), []);
});

test("a damaged job keeps its idempotency key", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const backend = await openLocalWorkerBackend({ home, logger: silentLogger });
  const { ledger } = backend;
  const idempotency = { key: "k", fingerprint: "f" };
  const spec = (await ledger.jobs.get(await createRunningJob(backend, [batch(0)]))).spec;
  const { job } = await ledger.jobs.create({ ...spec, jobId: `${spec.jobId}X` }, { idempotency });
  await ledger.close();
  writeFileSync(join(home, "jobs", job.spec.jobId, "job.db"), noise(20_000));
  const again = await openLocalWorkerBackend({ home, logger: silentLogger });
  t.is((await again.ledger.jobs.findIdempotent(idempotency))?.spec.jobId, job.spec.jobId);
  await again.ledger.close();
});

test("a file that is restored after damage ended its job shows that end, and can be read again", async (t) => {
  const { jobId, file, open } = await closedJob(t);
  const whole = readFileSync(file);
  writeFileSync(file, noise(20_000));
  const { ledger } = await open();
  t.is((await ledger.jobs.get(jobId)).status, "unexpected_error");
  writeFileSync(file, whole);
  const job = await ledger.jobs.get(jobId);
  t.deepEqual([job.status, job.reason?.code, job.endedAtMs], ["unexpected_error", "state_corrupt", 1_000]);
  t.like(await ledger.batches.progress(jobId), { succeededItems: 10 });
  const unfinished = await Array.fromAsync(ledger.batches.unfinished(jobId));
  t.is(unfinished.length, 20);
});

test("reading more than the index has throws state_corrupt", async (t) => {
  const { jobId, file, open } = await closedJob(t);
  writeFileSync(file, noise(20_000));
  const { ledger } = await open();
  const reads = [
    () => Array.fromAsync(ledger.batches.results(jobId)),
    () => Array.fromAsync(ledger.batches.unfinished(jobId)),
    () => ledger.batches.commit(jobId, [commitOf(batch(20))]),
  ];
  for (const read of reads) {
    const error = await t.throwsAsync(read());
    t.true(isMillraceError(error, "state_corrupt"), String(error));
  }
});
