import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectLines } from "@millrace/backend-suite";
import { type LogLine, silentLogger } from "@millrace/core";
import test from "ava";
import { openLocalWorkerBackend } from "../../src/mod.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

test("read() and append() tolerate a line that a killed process left half-written", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const line = (text: string): LogLine => ({ timeMs: 1, level: "info", worker: 0, text });
  const open = async () => (await openLocalWorkerBackend({ home, logger: silentLogger })).logs;
  const long = "x".repeat(700_000);
  await (await open()).append("JOB", 0, [line("one"), line(long)]);
  appendFileSync(join(home, "jobs/JOB/logs/worker-00000.ndjson"), '{"t":1,"l":"in');
  const logs = await open();
  t.deepEqual(await collectLines(logs.read("JOB")), [line("one"), line(long)]);
  await logs.append("JOB", 0, [line("two")]);
  t.deepEqual(await collectLines(logs.read("JOB")), [line("one"), line(long), line("two")]);
});

test("read() ignores other files of the folder", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  mkdirSync(join(home, "jobs/JOB/logs"), { recursive: true });
  writeFileSync(join(home, "jobs/JOB/logs/worker-00000.stderr"), "noise\n");
  const { logs } = await openLocalWorkerBackend({ home, logger: silentLogger });
  t.deepEqual(await collectLines(logs.read("JOB")), []);
  t.deepEqual(await collectLines(logs.read("../..")), []);
});
