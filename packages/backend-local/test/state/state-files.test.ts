import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { collect, createJob, createRunningJob, rowsOf } from "@millrace/backend-suite";
import { isMillraceError, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { homePaths } from "../../src/home/home.ts";
import { readStatus } from "../../src/ledger/job-record.ts";
import { openLocalBackend } from "../../src/mod.ts";
import { Database } from "../../src/state/database.ts";
import { StateFiles } from "../../src/state/state-files.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

async function openHome(t: ExecutionContext) {
  const { home, remove } = await temporaryHome();
  const closers: (() => Promise<void>)[] = [];
  t.teardown(async () => {
    for (const close of closers) await close();
    await remove();
  });
  const open = async () => {
    const machine = { cpus: 1, gpus: [], memBytes: 1 };
    const backend = await openLocalBackend({
      home,
      logger: silentLogger,
      workerCommand: ["none"],
      environment: {},
      machine,
    });
    closers.push(async () => {
      await backend.pool.close();
      await backend.ledger.close();
    });
    return backend;
  };
  return { home, open, jobFile: (jobId: string) => join(home, "jobs", jobId, "job.db") };
}

const CORRUPT = { code: "state_corrupt" } as const;

test("a damaged job file ends its job with state_corrupt, names the file and does not hide other jobs", async (t) => {
  const { open, jobFile } = await openHome(t);
  const first = await open();
  const [bad, good, empty] = [await createJob(first), await createJob(first), await createJob(first)];
  await first.ledger.close();
  for (const suffix of ["-wal", "-shm"]) t.false(existsSync(jobFile(bad) + suffix));
  writeFileSync(jobFile(bad), "this is not a database, but it is long enough to be looked at ".repeat(20));
  truncateSync(jobFile(empty), 0);
  const { ledger } = await open();
  for (const jobId of [bad, empty]) {
    const { status, reason } = await ledger.jobs.get(jobId);
    t.is(status, "unexpected_error");
    t.like(reason, CORRUPT);
    t.true(reason?.message.includes(jobFile(jobId)), reason?.message);
  }
  t.is((await ledger.jobs.get(good)).status, "enqueuing");
  t.is((await ledger.jobs.list({})).length, 3);
});

test("a newer state file gives state_too_new and is left unchanged", async (t) => {
  const { home, open, jobFile } = await openHome(t);
  const first = await open();
  const jobId = await createJob(first);
  await first.ledger.close();
  for (const file of [jobFile(jobId), join(home, "index.db")]) {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
  }
  const error = await t.throwsAsync(open());
  t.like(error, { code: "state_too_new", details: { found: 99, known: 2 } });
  t.true(error?.message.includes("index.db"));
});

test("a job's file of a version that was never released ends its job with state_corrupt", async (t) => {
  const { open, jobFile } = await openHome(t);
  const first = await open();
  const jobId = await createJob(first);
  await first.ledger.close();
  const database = new DatabaseSync(jobFile(jobId));
  database.exec("PRAGMA user_version = 1");
  database.close();
  const { ledger } = await open();
  const { status, reason } = await ledger.jobs.get(jobId);
  t.is(status, "unexpected_error");
  t.regex(reason?.message ?? "", /it has version 1 of the tables, which was never released/);
});

test("an index that is somebody else's database gives state_corrupt", async (t) => {
  const { home, open } = await openHome(t);
  const database = new DatabaseSync(join(home, "index.db"));
  database.exec("CREATE TABLE theirs (x)");
  database.close();
  t.like(await t.throwsAsync(open()), CORRUPT);
});

test("a lock that is held too long gives unavailable", async (t) => {
  const { open, jobFile } = await openHome(t);
  const backend = await open();
  const { ledger } = backend;
  const jobId = await createJob(backend);
  const other = new DatabaseSync(jobFile(jobId));
  t.teardown(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  const error = await t.throwsAsync(ledger.jobs.transition(jobId, "running", { atMs: 1 }));
  t.true(isMillraceError(error, "unavailable"), error?.message);
  other.exec("ROLLBACK");
  t.true(await ledger.jobs.transition(jobId, "running", { atMs: 1 }));
});

test("a full disk gives disk_full, and the job continues when there is room", async (t) => {
  const { open } = await openHome(t);
  const backend = await open();
  const jobId = await createRunningJob(backend, []);
  const { home } = await openHome(t);
  const database = new Database(join(home, "small.db"));
  t.teardown(() => database.close());
  database.exec("CREATE TABLE t (x); PRAGMA max_page_count = 4");
  const error = t.throws(() =>
    database.transaction(() => database.run("INSERT INTO t VALUES (zeroblob(100000))")),
  );
  t.true(isMillraceError(error, "disk_full"), error?.message);
  t.is(database.run("INSERT INTO t VALUES (1)"), 1);
  t.is((await backend.ledger.jobs.get(jobId)).status, "running");
});

test("a status that only the job's file has reaches the index when the job is read or the home is opened", async (t) => {
  for (const how of ["read", "opened"]) {
    const { open, jobFile } = await openHome(t);
    const { ledger } = await open();
    const jobId = await createJob(await open());
    // As after a worker that was killed between ending the job and telling the index.
    const database = new DatabaseSync(jobFile(jobId));
    database.exec("UPDATE job SET status = 'succeeded', ended_at = 7");
    database.close();
    t.deepEqual(await ledger.jobs.active(), [jobId]);
    if (how === "read") await ledger.jobs.get(jobId);
    else await open();
    t.deepEqual(await ledger.jobs.active(), []);
    t.deepEqual(await ledger.jobs.unsettled(), [jobId]);
    t.like((await ledger.jobs.list({ statuses: ["succeeded"] }))[0], { status: "succeeded", endedAtMs: 7 });
  }
});

test("a job whose file is not open is read again whenever the file changes, and only then", async (t) => {
  const { home, open, jobFile } = await openHome(t);
  const backend = await open();
  const jobId = await createJob(backend);
  await backend.ledger.close();
  const files = new StateFiles(homePaths(home));
  t.teardown(() => files.close());
  let reads = 0;
  const read = () => {
    const status = files.read(jobId, "status", (database) => {
      reads += 1;
      return readStatus(database, jobId);
    });
    files.closeJob(jobId);
    return status;
  };
  const age = (seconds: number) => utimesSync(jobFile(jobId), seconds, seconds);
  age(1_000);
  t.deepEqual([read(), read(), read()], ["enqueuing", "enqueuing", "enqueuing"]);
  t.is(reads, 1);
  const other = new DatabaseSync(jobFile(jobId));
  other.exec("UPDATE job SET status = 'running'");
  // In the log alone, of a process that has the file open.
  t.deepEqual([read(), read()], ["running", "running"]);
  other.exec("UPDATE job SET status = 'stopped'");
  t.is(read(), "stopped");
  other.close();
  const before = reads;
  // Written a moment ago: it may be written again without looking different.
  t.deepEqual([read(), read()], ["stopped", "stopped"]);
  t.is(reads, before + 2);
});

test("a job file without a WAL is read directly, one with a WAL as usual", async (t) => {
  const { home, open, jobFile } = await openHome(t);
  const backend = await open();
  const jobId = await createJob(backend);
  await backend.ledger.close();
  const names = [jobFile(jobId), `${jobFile(jobId)}-wal`];
  let writtenAt = 0;
  const age = () => {
    writtenAt += 1_000;
    for (const name of names) if (existsSync(name)) utimesSync(name, writtenAt, writtenAt);
  };
  const files = new StateFiles(homePaths(home));
  t.teardown(() => files.close());
  const read = (name: string) => files.read(jobId, name, (database) => readStatus(database, jobId));
  age();
  t.is(read("a"), "enqueuing");
  t.is(read("b"), "enqueuing");
  t.false(existsSync(`${jobFile(jobId)}-shm`), "it was opened for writing");
  const other = new DatabaseSync(jobFile(jobId));
  other.exec("UPDATE job SET status = 'running'");
  age();
  t.is(read("a"), "running");
  files.closeJob(jobId);
  other.exec("UPDATE job SET status = 'stopped'");
  other.close();
  age();
  t.is(read("a"), "stopped");
  files.closeJob(jobId);
  writeFileSync(jobFile(jobId), "no database".repeat(1_000));
  age();
  t.throws(() => read("a"), CORRUPT);
});

test("a worker killed at any moment leaves rows and progress that agree", async (t) => {
  const { home, open } = await openHome(t);
  const backend = await open();
  const script = fileURLToPath(new URL("../fixtures/commit-forever.ts", import.meta.url));
  for (let round = 0; round < 3; round += 1) {
    const jobId = await createRunningJob(backend, []);
    const child = spawn(process.execPath, [script, home, jobId], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const committed = async () => (await backend.ledger.batches.progress(jobId)).succeededItems;
    const wanted = 100 + 37 * round;
    while ((await committed()) < wanted) {
      // The queue changes meanwhile, and its rows and its counter agree all the same.
      await backend.queue.counts(jobId);
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    const rows = rowsOf(await collect(backend.ledger.batches.results(jobId)))
      .trimEnd()
      .split("\n");
    const indexes = rows.map((row) => (JSON.parse(row) as { index: number }).index);
    t.deepEqual(indexes, Array.from(indexes.keys()));
    t.is(await committed(), rows.length);
    const [worker] = await backend.ledger.workers.list(jobId);
    t.is(worker?.succeededItems, rows.length);
    const { queued, leased } = await backend.queue.counts(jobId);
    t.true(queued + leased <= 8);
    t.is(await backend.ledger.jobs.status(jobId), "running");
    t.is((await collect(backend.ledger.batches.unfinished(jobId))).length % 8, 0);
  }
});

test("ledger, queue, objects and logs behave the same on Deno", async (t) => {
  const { home } = await openHome(t);
  mkdirSync(join(home, "input/img"), { recursive: true });
  for (const name of ["img/b", "img/a", "img1.png"]) writeFileSync(join(home, "input", name), "x");
  const script = fileURLToPath(new URL("../fixtures/smoke.ts", import.meta.url));
  const deno = fileURLToPath(new URL("../../../../node_modules/.bin/deno", import.meta.url));
  const onEach = [
    [process.execPath, script],
    [deno, "run", "-A", "--node-modules-dir=manual", script],
  ].map(([program = "", ...rest], n) => {
    const arguments_ = [...rest, join(home, `home-${n}`), join(home, "input/img")];
    return JSON.parse(execFileSync(program, arguments_, { encoding: "utf8" })) as Record<string, unknown>;
  });
  t.deepEqual(onEach[1], onEach[0]);
  t.like(onEach[0], {
    outcomes: ["committed", "committed", "duplicate"],
    lost: ["x"],
    counts: { queued: 1, leased: 0 },
    read: "234",
    missing: "input_changed",
    moved: true,
    active: [],
    listed: ["img/a", "img/b", "img1.png"].map((name) => join(home, "input", name)),
  });
});
