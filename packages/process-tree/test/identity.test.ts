import process from "node:process";
import test from "ava";
import { findByArguments, identify, isAlive, signalProcess } from "../src/mod.ts";
import { kill, SLEEP, startShell } from "./harness.ts";

test("isAlive() is true for the same process, not for another with its id, nor for one that has ended", async (t) => {
  const shell = await startShell(SLEEP);
  const identity = identify(shell.pid);
  t.true(isAlive(identity));
  t.false(isAlive({ ...identity, startId: "1" }));
  t.false(isAlive({ ...identity, startId: undefined }));
  await kill(shell.child);
  t.false(isAlive(identity));
});

test("signalProcess() reaches only the same process", async (t) => {
  const shell = await startShell(SLEEP);
  t.teardown(() => kill(shell.child));
  const identity = identify(shell.pid);
  signalProcess({ ...identity, startId: "1" }, "SIGKILL");
  t.true(isAlive(identity));
});

const linux = process.platform === "linux" ? test : test.skip;

linux("findByArguments() finds the process whose arguments hold all of them in a row", async (t) => {
  const word = `argument-${Math.random()}`;
  const shell = await startShell(
    `exec python3 -c 'import time; print("ready", flush=True); time.sleep(1000)' ${word} second`,
  );
  t.teardown(() => kill(shell.child));
  t.is(findByArguments([word, "second"])?.pid, shell.pid);
  t.is(findByArguments(["second", word]), undefined);
});
