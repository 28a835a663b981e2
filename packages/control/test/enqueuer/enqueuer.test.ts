import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLocalWorkerBackend } from "@millrace/backend-local";
import { type Backend, type JobSpec, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { ulid } from "ulid";
import { Enqueuer, type EnqueuerThread } from "../../src/enqueuer/enqueuer.ts";
import type { FromThread, ToThread } from "../../src/enqueuer/messages.ts";
import { startEnqueuerThread } from "../../src/enqueuer/start-thread.ts";
import { apiSpec, temporaryDirectory, until } from "../helpers/harness.ts";

async function openBackend(t: ExecutionContext): Promise<{ backend: Backend; home: string }> {
  const home = await temporaryDirectory(t);
  const backend = (await openLocalWorkerBackend({ home, logger: silentLogger })) as Backend;
  t.teardown(() => backend.ledger.close());
  await backend.ledger.apis.put({
    name: "sum",
    version: "0123456789abcdef",
    spec: apiSpec("sum"),
    createdAtMs: 1,
  });
  return { backend, home };
}

async function createJob(backend: Backend, dataset: JobSpec["dataset"]): Promise<string> {
  const spec: JobSpec = {
    jobId: ulid(),
    apiName: "sum",
    apiVersion: "0123456789abcdef",
    endpoint: "sum",
    dataset,
    workers: 1,
    config: {},
    maxAttempts: 3,
    onFailure: "isolate",
    batchTimeoutSeconds: 600,
    prefetchBatches: 2,
    eagerStart: false,
    labels: {},
    createdAtMs: Date.now(),
  };
  await backend.ledger.jobs.create(spec);
  return spec.jobId;
}

const files = (path: string, batchSize = 1): JobSpec["dataset"] => ({
  kind: "delimited_files",
  batchSize,
  paths: [path],
  includes: [],
  excludes: [],
});

/** A thread that does nothing by itself: the test ends tasks and lets it die. */
class FakeThreads {
  readonly started: { sent: ToThread[]; message: (message: FromThread) => void; die: () => void }[] = [];

  readonly start = (): EnqueuerThread => {
    const sent: ToThread[] = [];
    let onMessage = (_message: FromThread) => {};
    let onExit = (_error: Error | undefined) => {};
    this.started.push({
      sent,
      message: (message) => onMessage(message),
      die: () => onExit(new Error("out of memory")),
    });
    return {
      send(message) {
        sent.push(message);
        if (message.type === "stop") onExit(undefined);
      },
      onMessage: (listener) => {
        onMessage = listener;
      },
      onExit: (listener) => {
        onExit = listener;
      },
      async terminate() {},
    };
  };

  get last() {
    const thread = this.started.at(-1);
    if (!thread) throw new Error("no thread");
    return thread;
  }

  jobs(): readonly string[] {
    return this.last.sent.flatMap((message) => (message.type === "task" ? [message.jobId] : []));
  }
}

test("Enqueuer.enqueue() finds the job that kills the thread, ends it, and continues with the others", async (t) => {
  const { backend } = await openBackend(t);
  const [guilty, innocent] = [await createJob(backend, files("/x")), await createJob(backend, files("/y"))];
  const threads = new FakeThreads();
  const changed: string[] = [];
  const enqueuer = new Enqueuer({
    backend,
    logger: silentLogger,
    startThread: threads.start,
    onChange: (jobId) => changed.push(jobId),
    now: Date.now,
  });
  enqueuer.start();
  enqueuer.enqueue(guilty);
  enqueuer.enqueue(innocent);
  enqueuer.enqueue(guilty);
  t.deepEqual(threads.jobs(), [guilty, innocent]);
  threads.last.die();
  await until(async () => threads.started.length === 2);
  t.deepEqual(threads.jobs(), [guilty], "suspects run alone");
  threads.last.die();
  await until(async () => threads.started.length === 3);
  t.deepEqual(threads.jobs(), [guilty]);
  threads.last.die();
  await until(async () => (await backend.ledger.jobs.get(guilty)).status === "enqueue_failed");
  t.regex((await backend.ledger.jobs.get(guilty)).reason?.message ?? "", /ended the enqueuer 3 times/);
  await until(async () => threads.started.length === 4 && threads.jobs().length === 1);
  t.deepEqual(threads.jobs(), [innocent]);
  threads.last.message({ type: "done", kind: "enqueue", jobId: innocent });
  await until(async () => new Set(changed).size === 2);
  t.deepEqual([...new Set(changed)].sort(), [guilty, innocent].sort());
  await enqueuer.stop();
});

test("Enqueuer.compose() rejects when the output could not be composed, and when the service stops", async (t) => {
  const { backend } = await openBackend(t);
  const threads = new FakeThreads();
  const enqueuer = new Enqueuer({
    backend,
    logger: silentLogger,
    startThread: threads.start,
    onChange() {},
    now: Date.now,
  });
  enqueuer.start();
  const failing = enqueuer.compose("A");
  threads.last.message({ type: "done", kind: "compose", jobId: "A", problem: "no space" });
  await t.throwsAsync(failing, { message: /Cannot compose the output of job "A": no space/ });
  const waiting = enqueuer.compose("B");
  await enqueuer.stop();
  await t.throwsAsync(waiting, { message: /is stopping/ });
  await t.throwsAsync(enqueuer.compose("C"), { message: /is stopping/ });
});

test("the enqueuer's thread interleaves jobs, and a small one does not wait for a large one", async (t) => {
  const { backend, home } = await openBackend(t);
  await writeFile(
    join(home, "large.ndjson"),
    Array.from({ length: 400_000 }, (_, i) => `{"n":${i}}\n`).join(""),
  );
  await writeFile(join(home, "small.ndjson"), "1\n2\n3\n");
  const large = await createJob(backend, files(join(home, "large.ndjson")));
  const enqueuer = new Enqueuer({
    backend,
    logger: silentLogger,
    startThread: () => startEnqueuerThread({ backend: { kind: "local", home }, logLevel: "error" }),
    onChange() {},
    now: Date.now,
  });
  t.teardown(() => enqueuer.stop());
  enqueuer.start();
  enqueuer.enqueue(large);
  await until(async () => enqueuer.hasBegun(large));
  const small = await createJob(backend, files(join(home, "small.ndjson")));
  enqueuer.enqueue(small);
  await until(async () => (await backend.ledger.jobs.get(small)).status === "running");
  t.is((await backend.ledger.jobs.get(large)).status, "enqueuing");
  t.is((await backend.ledger.jobs.get(small)).totalItems, 3);
  await until(async () => (await backend.ledger.jobs.get(large)).status === "running");
  t.is((await backend.ledger.jobs.get(large)).totalBatches, 400_000);
});

test("the enqueuer's thread ends a job whose input changed while the thread was restarted", async (t) => {
  const { backend, home } = await openBackend(t);
  const input = join(home, "in.ndjson");
  const lines = Array.from({ length: 300_000 }, (_, i) => `${i}\n`).join("");
  await writeFile(input, lines);
  const job = await createJob(backend, files(input));
  const start = () =>
    new Enqueuer({
      backend,
      logger: silentLogger,
      startThread: () => startEnqueuerThread({ backend: { kind: "local", home }, logLevel: "silent" }),
      onChange() {},
      now: Date.now,
    });
  const first = start();
  first.start();
  first.enqueue(job);
  await until(async () => first.hasBegun(job));
  await first.stop();
  t.is((await backend.ledger.jobs.get(job)).status, "enqueuing");
  await writeFile(input, `${lines}7\n`);
  const second = start();
  t.teardown(() => second.stop());
  second.start();
  second.enqueue(job);
  await until(async () => (await backend.ledger.jobs.get(job)).status === "enqueue_failed");
  t.is((await backend.ledger.jobs.get(job)).reason?.code, "input_changed");
});

test("a restarted enqueuer reports what the first listing skipped", async (t) => {
  const { backend, home } = await openBackend(t);
  const directory = join(home, "in");
  await mkdir(directory);
  await writeFile(join(directory, "a.ndjson"), Array.from({ length: 300_000 }, (_, i) => `${i}\n`).join(""));
  await writeFile(join(directory, ".hidden"), "1");
  await symlink("nowhere", join(directory, "b.ndjson"));
  const job = await createJob(backend, {
    ...files(`${directory}/`),
    skipUnreadable: true,
  } as JobSpec["dataset"]);
  const start = () =>
    new Enqueuer({
      backend,
      logger: silentLogger,
      startThread: () => startEnqueuerThread({ backend: { kind: "local", home }, logLevel: "silent" }),
      onChange() {},
      now: Date.now,
    });
  const first = start();
  first.start();
  first.enqueue(job);
  await until(async () => first.hasBegun(job));
  await first.stop();
  t.is((await backend.ledger.jobs.get(job)).status, "enqueuing");
  await rm(join(directory, "b.ndjson"));
  await rm(join(directory, ".hidden"));
  const second = start();
  t.teardown(() => second.stop());
  second.start();
  second.enqueue(job);
  const texts = async () => {
    const lines: string[] = [];
    for await (const { text } of backend.logs.read(job)) lines.push(text);
    return lines;
  };
  await until(async () => (await texts()).some((text) => text.startsWith("Enqueued")));
  t.deepEqual(await texts(), [
    `Skipped "${directory}/b.ndjson": it is a link to "nowhere", which is not there`,
    "Enqueued 300000 items in 300000 batches from 1 object; skipped 1 hidden file and 1 unreadable entry",
  ]);
});
