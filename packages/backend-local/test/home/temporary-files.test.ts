import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import test from "ava";
import { homePaths } from "../../src/home/home.ts";
import { sweepAsides, sweepDead, sweepTemporary, temporaryName } from "../../src/home/temporary-files.ts";
import { localObjectStore } from "../../src/objects/object-store.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const WRITE_HALF = fileURLToPath(new URL("../fixtures/write-half.ts", import.meta.url));

test("sweepDead() removes what a killed process left half written, and nothing of a living one", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const { temporaryDirectory } = homePaths(home);
  const writer = spawn(process.execPath, [WRITE_HALF, home], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => writer.kill("SIGKILL"));
  await once(writer.stdout, "data");
  const own = await localObjectStore(homePaths(home)).writer(join(home, "jobs/J1/objects/own.ndjson"));
  t.is(readdirSync(temporaryDirectory).length, 2);
  sweepDead(temporaryDirectory);
  t.is(readdirSync(temporaryDirectory).length, 2, "both live");
  writer.kill("SIGKILL");
  await once(writer, "exit");
  sweepDead(temporaryDirectory);
  const left = readdirSync(temporaryDirectory);
  t.is(left.length, 1);
  t.true(left[0]?.startsWith(`object-${process.pid}-`));
  await own.commit();
  t.deepEqual(readdirSync(temporaryDirectory), []);
});

test("sweepDead() distinguishes a process from an earlier one with the same id", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const mine = temporaryName("object");
  const [kind, pid, start = "", ...rest] = mine.split("-");
  const earlier = [kind, pid, `${start}0`, ...rest].join("-");
  for (const name of [mine, earlier]) writeFileSync(join(home, name), "");
  sweepDead(home);
  t.deepEqual(readdirSync(home), [mine]);
});

test("sweepTemporary() removes files without an owner after an hour", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const nowMs = Date.now();
  for (const [name, ageMs] of [
    ["object-old", 3_700_000],
    ["upload-young", 60_000],
    ["object-1-unknown-old", 3_700_000],
    [temporaryName("object"), 3_700_000],
  ] as const) {
    mkdirSync(join(home, name));
    utimesSync(join(home, name), new Date(nowMs - ageMs), new Date(nowMs - ageMs));
  }
  sweepTemporary(home, nowMs);
  const left = readdirSync(home);
  t.deepEqual(left.map((name) => name.split("-")[0]).sort(), ["object", "upload"]);
  t.true(left.some((name) => name.startsWith(`object-${process.pid}-`)));
});

test("sweepAsides() removes what a killed service wrote beside its files, and nothing else", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const kept = ["token", "tokens.txt", "service.json", "service.log.1", "token.backup"];
  for (const name of [...kept, "token.4711", "service.json.1f00ba", "sessions.json.00"])
    writeFileSync(join(home, name), "x");
  sweepAsides(home);
  t.deepEqual(readdirSync(home).sort(), kept.sort());
});
