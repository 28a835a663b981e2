import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test, { type ExecutionContext } from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  finished,
  type JobHandle,
  numbers,
  type Platform,
  poll,
  pythonPredict,
  rowsOf,
  runJob,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

/** Waits for the gate, and writes enough for the write-ahead log to be moved into the file now and then. */
const GATED = pythonPredict(
  'while payload[0] >= 20 and not os.path.exists(self.config["gate"]): time.sleep(0.02)',
  'return ["x" * 100_000 for _ in payload]',
);
const NOISE = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7_919 + (i >> 3)) & 0xff));

/** What is done to a job's file; its log goes along, since it holds what was written last. */
const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  noise: (file) => {
    for (const suffix of ["", "-wal"]) writeFileSync(file + suffix, NOISE, { flag: "r+" });
  },
  cut: (file) => {
    for (const suffix of ["", "-wal"]) truncateSync(file + suffix, 10_000);
  },
};

/** Who has the file open goes on in it, until it is closed. */
function remove(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

/** A job that has some rows, and waits. */
async function waitingJob(platform: Platform): Promise<JobHandle & { readonly file: string }> {
  const gate = join(platform.files, "gate");
  const job = await submit(platform, "gated", numbers(40, { workers: 2, batch_size: 2, config: { gate } }));
  await poll("some rows", async () => (await statusOf(job)).metrics.items.succeeded === 20);
  return { ...job, file: join(platform.home, "jobs", job.jobId, "job.db") };
}

async function assertEndedByDamage(t: ExecutionContext, job: JobHandle): Promise<void> {
  const { platform, jobId } = job;
  const over = async () => (await statusOf(job)).job_status.status === "unexpected_error";
  await poll("the end of the job", over);
  const { job_status: view } = await statusOf(job);
  t.is(view.status_reason?.code, "state_corrupt");
  const { jobs } = await platform.client.jobs({ statuses: ["unexpected_error"] });
  t.deepEqual(
    jobs.map(({ job_id }) => job_id),
    [jobId],
  );
  t.regex((await platform.client.stop("gated", jobId)).message, /^stopped job/);
  await assertScaledToZero(t, platform);
}

/** Lines of the service's log that name the job and are worse than a warning. */
async function errorsOf(platform: Platform, jobId: string): Promise<readonly string[]> {
  const lines = (await platform.log()).split("\n").filter((line) => line.includes(jobId));
  return lines.filter((line) => line.includes('"level":"error"'));
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  test.serial(
    `a job whose file is damaged (${what}) while it runs ends, and the service continues`,
    async (t) => {
      const platform = await startPlatform(t);
      await deployPython(platform, "gated", GATED);
      const job = await waitingJob(platform);
      damage(job.file);
      writeFileSync(join(platform.files, "gate"), "");
      await assertEndedByDamage(t, job);
      const other = await runJob(platform, "gated", numbers(4, { config: { gate: job.file } }));
      t.is(other.status.job_status.status, "succeeded");
      const errors = await errorsOf(platform, job.jobId);
      t.true(errors.length > 0 && errors.length < 8, errors.join("\n"));
      t.regex((await platform.client.deleteApi("gated")).message, /deleted/);
    },
  );
}

for (const [what, damage] of Object.entries({ ...DAMAGES, gone: remove })) {
  test.serial(
    `a job whose file is damaged (${what}) while no service is running ends at the next start`,
    async (t) => {
      const platform = await startPlatform(t);
      await deployPython(platform, "gated", GATED);
      const job = await waitingJob(platform);
      await platform.stop("SIGKILL");
      damage(job.file);
      await platform.start();
      await assertEndedByDamage(t, job);
      // Its workers live on, and may be the first to see it; the service fills no log with it.
      const errors = await errorsOf(platform, job.jobId);
      t.true(errors.length < 8, errors.join("\n"));
      await finished(await submit(platform, "gated", numbers(4, { config: { gate: job.file } })));
    },
  );
}

/** What is changed in the queue of a job that runs. A garbled row is leased again at once. */
const QUEUE_DAMAGES: Readonly<Record<string, string>> = {
  "a row is deleted": "DELETE FROM queue WHERE first = (SELECT max(first) FROM queue)",
  "a row is garbled":
    "UPDATE queue SET segments = 'x0:7', visible_at = 0 WHERE first = (SELECT max(first) FROM queue)",
};

for (const [what, sql] of Object.entries(QUEUE_DAMAGES)) {
  test.serial(`a job in whose queue ${what} while it runs ends, and another goes on`, async (t) => {
    const platform = await startPlatform(t);
    await deployPython(platform, "gated", GATED);
    const [job, other] = [await waitingJob(platform), await waitingJob(platform)];
    const file = new DatabaseSync(job.file, { timeout: 60_000 });
    file.exec(sql);
    file.close();
    await poll(
      "the end of the job",
      async () => (await statusOf(job)).job_status.status === "unexpected_error",
    );
    t.is((await statusOf(job)).job_status.status_reason?.code, "state_corrupt");
    t.is((await rowsOf(job)).length, 20, "finished rows can be read");
    t.regex((await platform.client.stop("gated", job.jobId)).message, /^stopped job/);
    t.is((await statusOf(other)).job_status.status, "running");
    writeFileSync(join(platform.files, "gate"), "");
    t.is((await finished(other)).status.job_status.status, "succeeded");
    assertEachOnce(t, await rowsOf(other), 40);
    await assertScaledToZero(t, platform);
  });
}

test.serial(
  "a job whose file is removed while it runs ends in the open file, and stays in the index",
  async (t) => {
    const platform = await startPlatform(t);
    await deployPython(platform, "gated", GATED);
    const job = await waitingJob(platform);
    remove(job.file);
    writeFileSync(join(platform.files, "gate"), "");
    t.is((await finished(job)).status.job_status.status, "succeeded");
    await platform.stop("SIGTERM");
    await platform.start();
    const { job_status: view, metrics } = await statusOf(job);
    t.is(view.status, "succeeded");
    t.is(metrics.items.succeeded, 40);
    assertEachOnce(t, await rowsOf(job), 40);
  },
);
