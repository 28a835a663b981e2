import type { Emulators } from "@millrace/aws-emulator";
import { collect, createJob } from "@millrace/backend-suite";
import test from "ava";
import { dynamoLogRegistry } from "../../src/ledger/log-registry.ts";
import { LedgerTable } from "../../src/ledger/table.ts";
import { startTestEmulators } from "../fixtures/cluster.ts";
import { startFaultyCluster } from "../fixtures/faulty-cluster.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

test("semantic 13: streams are those that their writers registered, once each, for each attempt", async (t) => {
  const { clients, config } = await startFaultyCluster(t, { emulators });
  const registry = dynamoLogRegistry(new LedgerTable(clients.dynamodb, config.table));
  t.deepEqual(await registry.list("job"), []);
  await registry.add("job", 3, "job/worker-00003/a");
  await registry.add("job", 3, "job/worker-00003/b");
  await registry.add("job", 3, "job/worker-00003/a");
  await registry.add("job", null, "job/service/c");
  await registry.add("job-2", 0, "job-2/worker-00000/d");
  const streams = await registry.list("job");
  t.deepEqual(
    streams.toSorted((a, b) => a.stream.localeCompare(b.stream)),
    [
      { worker: null, stream: "job/service/c" },
      { worker: 3, stream: "job/worker-00003/a" },
      { worker: 3, stream: "job/worker-00003/b" },
    ],
  );
  await registry.remove("job");
  t.deepEqual(await registry.list("job"), []);
  t.is((await registry.list("job-2")).length, 1);
});

test("semantic 13: each process writes to a stream of its own, which readers find in the ledger", async (t) => {
  const { backend, open, clients, config } = await startFaultyCluster(t, { emulators });
  const jobId = await createJob(backend);
  t.deepEqual(await collect(backend.logs.read(jobId)), [], "no stream yet is no error");
  const line = (text: string) => ({ timeMs: Date.now(), level: "info", worker: 0, text }) as const;
  const retried = await open();
  await backend.logs.append(jobId, 0, [line("first attempt")]);
  await retried.logs.append(jobId, 0, [line("second attempt")]);
  const registry = dynamoLogRegistry(new LedgerTable(clients.dynamodb, config.table));
  t.is(new Set((await registry.list(jobId)).map(({ stream }) => stream)).size, 2);
  const texts = (await collect((await open()).logs.read(jobId))).map(({ text }) => text);
  t.deepEqual(texts.toSorted(), ["first attempt", "second attempt"]);
});
