import { readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobListResponse } from "@millrace/core";
import test from "ava";
import { items, startHarness, temporaryDirectory, until } from "./helpers/harness.ts";

test.serial("superviseWorkers() restarts a dead worker, and ends the job when it keeps dying", async (t) => {
  const { submit, over, call } = await startHarness(t);
  const job = await submit(items(2, { config: { mode: "crash" } }));
  const { job_status } = await over(job.job_id);
  t.is(job_status.status, "worker_error");
  t.regex(
    job_status.status_reason?.message ?? "",
    /^The worker ended 6 times in a row without finishing a batch/,
  );
  t.is(job_status.worker_states[0]?.status, "failed");
  t.is(job_status.worker_states[0]?.restarts, 5);
  const logs = await (await call(`/sum/${job.job_id}/logs`)).text();
  t.is(logs.split("it is started again").length - 1, 5);
});

test("superviseWorkers() gives up on workers that exit without completing the job", async (t) => {
  const { submit, over } = await startHarness(t);
  const job = await submit(items(2, { workers: 2, config: { mode: "leave" } }));
  t.is((await over(job.job_id)).job_status.status, "worker_error");
});

test.serial("superviseWorkers() restarts killed workers and the job succeeds", async (t) => {
  const { submit, over, backend } = await startHarness(t);
  const gate = join(await temporaryDirectory(t), "gate");
  const job = await submit(items(60, { workers: 2, config: { gate } }));
  const { job_id } = job;
  await until(async () => (await backend.ledger.batches.progress(job_id)).succeededItems > 4);
  const dead = new Set<number>();
  await until(async () => {
    const alive = (await workerPids(job_id)).filter((pid) => !dead.has(pid));
    const victim = alive.find(killed);
    if (victim !== undefined) dead.add(victim);
    return dead.size === 3;
  });
  await writeFile(gate, "");
  const { job_status, metrics } = await over(job_id);
  t.is(job_status.status, "succeeded");
  t.is(metrics.items.succeeded, 60);
  t.true(job_status.worker_states.reduce((sum, { restarts }) => sum + restarts, 0) >= 2);
});

/** False when the process is gone already. */
function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

async function workerPids(jobId: string): Promise<readonly number[]> {
  const { readFile } = await import("node:fs/promises");
  const pids: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (command.includes(jobId) && command.includes("fake-worker")) pids.push(Number(name));
  }
  return pids;
}

test.serial("enforceTimeout() ends a job whose timeout has passed and keeps what is done", async (t) => {
  let passedMs = 0;
  const { submit, over, call, backend } = await startHarness(t, {
    monotonicMs: () => performance.now() + passedMs,
  });
  const job = await submit(items(400, { timeout: 3_600, config: { slowMs: 50 } }));
  await until(async () => (await backend.ledger.batches.progress(job.job_id)).succeededItems > 4);
  passedMs = 3_600_000;
  const { job_status } = await over(job.job_id);
  t.is(job_status.status, "timed_out");
  t.regex(job_status.status_reason?.message ?? "", /did not finish within 3600 s of its submission/);
  await until(async () => (await over(job.job_id)).job_status.output !== null);
  const rows = (await (await call(`/sum/${job.job_id}/results`)).text()).split("\n").filter(Boolean);
  t.true(rows.length > 0 && rows.length < 400);
});

test.serial("enqueueJob() ends the job enqueue_failed with a reason when the input is invalid", async (t) => {
  const { submit, over, home, call } = await startHarness(t);
  await writeFile(join(home, "bad.ndjson"), '1\n2\n{"a":\n');
  const files = (path: string) => ({ workers: 1, delimited_files: { s3_paths: [path], batch_size: 1 } });
  const broken = await over((await submit(files(join(home, "bad.ndjson")))).job_id);
  t.is(broken.job_status.status, "enqueue_failed");
  t.is(broken.job_status.status_reason?.code, "malformed_input");
  t.regex(broken.job_status.status_reason?.message ?? "", /bad\.ndjson/);
  const none = await over((await submit(files(join(home, "nothing/")))).job_id);
  t.is(none.job_status.status_reason?.code, "no_input");
  const logs = await (await call(`/sum/${none.job_status.job_id}/logs`)).text();
  t.regex(logs, /nothing starts with it/);
});

test.serial("enqueueJob() reads listed files and paths, gzipped and not", async (t) => {
  const { submit, over, home, call } = await startHarness(t);
  const { gzipSync } = await import("node:zlib");
  await writeFile(join(home, "in-1.ndjson"), "1\n2\n3");
  await writeFile(join(home, "in-2.csv.gz"), gzipSync("a,b\n1,x\n"));
  const prefix = { s3_paths: [join(home, "in-")], batch_size: 2 };
  const rowsOf = async (body: object) => {
    const { job_id } = await submit({ workers: 1, ...body });
    t.is((await over(job_id)).job_status.status, "succeeded");
    return (await (await call(`/sum/${job_id}/results`)).text())
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row).output);
  };
  t.deepEqual(await rowsOf({ delimited_files: prefix }), [1, 2, 3, { a: "1", b: "x" }]);
  t.deepEqual(await rowsOf({ file_path_lister: prefix }), [
    join(home, "in-1.ndjson"),
    join(home, "in-2.csv.gz"),
  ]);
});

test.serial("superviseWorkers() starts workers while enqueuing when eager_start is set", async (t) => {
  const { submit, over } = await startHarness(t);
  const job = await submit(items(3_000, { eager_start: true }));
  t.is((await over(job.job_id)).metrics.items.succeeded, 3_000);
});

test.serial(
  "reconcile() ends a job whose file is corrupt, cleans up after it, and does not affect other jobs",
  async (t) => {
    const home = await temporaryDirectory(t);
    const first = await startHarness(t, { home });
    const broken = await first.submit(items(4, { config: { mode: "hold" } }));
    await until(async () => (await first.status(broken.job_id)).job_status.status === "running");
    await first.stop();
    for (const suffix of ["", "-wal"]) {
      await truncate(join(home, "jobs", broken.job_id, `job.db${suffix}`), 0).catch(() => {});
    }
    await writeFile(
      join(home, "jobs", broken.job_id, "job.db"),
      "no database at all, but long enough to be looked at\n".repeat(100),
    );
    const second = await startHarness(t, { home });
    const good = await second.submit(items(4));
    t.is((await second.over(good.job_id)).job_status.status, "succeeded");
    await until(async () => (await second.backend.ledger.jobs.unsettled()).length === 0);
    const { job_status } = await second.status(broken.job_id);
    t.is(job_status.status, "unexpected_error");
    t.is(job_status.status_reason?.code, "state_corrupt");
    const list = (await (await second.call("/jobs?status=unexpected_error")).json()) as JobListResponse;
    t.deepEqual(
      list.jobs.map(({ job_id }) => job_id),
      [broken.job_id],
    );
    // What cannot be read is refused in words, not by a connection that breaks.
    for (const path of ["/results", "/failures"]) {
      const response = await second.call(`/sum/${broken.job_id}${path}`);
      t.is(response.status, 500);
      t.is(((await response.json()) as { code: string }).code, "state_corrupt");
    }
    const stopped = await second.call(`/sum/${broken.job_id}`, { method: "DELETE" });
    t.is(stopped.status, 200);
  },
);

test.serial("a restarted service adopts running workers and finishes what was left", async (t) => {
  const home = await temporaryDirectory(t);
  const first = await startHarness(t, { home });
  const job = await first.submit(items(100, { workers: 2, config: { slowMs: 40 } }));
  await until(async () => (await first.backend.ledger.batches.progress(job.job_id)).succeededItems > 10);
  const before = await workerPids(job.job_id);
  t.is(before.length, 2);
  await first.leave();
  const second = await startHarness(t, { home });
  const { job_status, metrics } = await second.over(job.job_id);
  t.is(job_status.status, "succeeded");
  t.is(metrics.items.succeeded, 100);
  t.true(job_status.worker_states.every(({ restarts }) => restarts === 0));
});
