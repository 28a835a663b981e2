import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { sampleApi } from "@millrace/backend-suite";
import { type Backend, MillraceError } from "@millrace/core";
import test from "ava";
import { isRunning, type PoolHome, poolHome } from "../fixtures/pool-home.ts";

const API = sampleApi("sample");

test("prepare() forwards the output's lines and resolves when the version is prepared", async (t) => {
  const { pool, objects } = await (await poolHome(t)).open("fine");
  const lines: string[] = [];
  const archiveUri = objects.apiUri(API.name, API.version, "project.tar.gz");
  await pool.prepare(API, { archiveUri, fresh: true, onOutput: (line) => lines.push(line) });
  t.deepEqual(lines.toSorted(), ["a warning", "not an event", `preparing sample ${API.version} true`]);
});

test("prepare() throws the error that the preparation ended with", async (t) => {
  const { pool } = await (await poolHome(t)).open("broken");
  const prepared = pool.prepare(API, { archiveUri: "/archive", onOutput: () => {} });
  const error = await t.throwsAsync(prepared, { instanceOf: MillraceError, message: "pip failed" });
  t.like(error, { code: "dependencies_failed", details: { line: 3 } });
});

test("prepare() throws internal when the preparation ends without a result", async (t) => {
  const { pool } = await (await poolHome(t)).open("silent");
  const prepared = pool.prepare(API, { archiveUri: "/archive", onOutput: () => {} });
  const error = await t.throwsAsync(prepared, { instanceOf: MillraceError, message: /exit code 9/ });
  t.is(error?.code, "internal");
});

/** Starts a preparation that hangs. @returns it, and the processes that it has started */
async function hanging(home: PoolHome, backend: Backend, options: { readonly signal?: AbortSignal } = {}) {
  const started = Promise.withResolvers<readonly number[]>();
  const onOutput = (line: string) => {
    if (line.startsWith("[")) started.resolve(JSON.parse(line) as number[]);
  };
  const prepared = backend.pool.prepare(API, { archiveUri: "/archive", onOutput, ...options });
  prepared.catch(() => {});
  const pids = await started.promise;
  home.endAfterTest(pids);
  return { prepared, pids };
}

const linux = process.platform === "linux" ? test : test.skip;

linux(
  "prepare() asks the preparation and its installers to end when it is aborted, then kills them",
  async (t) => {
    const home = await poolHome(t);
    const abort = new AbortController();
    const { prepared, pids } = await hanging(home, await home.open("hang"), { signal: abort.signal });
    t.true(pids.every(isRunning));
    abort.abort(new Error("enough"));
    await t.throwsAsync(prepared, { message: "enough" });
    t.deepEqual(
      pids.map(isRunning),
      pids.map(() => false),
      "nothing is left when it is told",
    );
    t.is(readFileSync(join(home.home, "family.asked"), "utf8"), "asked\n");
  },
);

linux("prepare() ends what an installation that went well has left running", async (t) => {
  const home = await poolHome(t);
  const { pool } = await home.open("leave");
  let pids: readonly number[] = [];
  const onOutput = (line: string) => {
    if (line.startsWith("[")) pids = JSON.parse(line) as number[];
  };
  await pool.prepare(API, { archiveUri: "/archive", onOutput });
  t.is(pids.length, 5);
  t.deepEqual(
    pids.map(isRunning),
    pids.map(() => false),
  );
});

linux("close() gives up a preparation, and those that wait for it", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("hang");
  const { prepared, pids } = await hanging(home, backend);
  const waiting = backend.pool.prepare(API, { archiveUri: "/archive", onOutput: () => {} });
  waiting.catch(() => {});
  await backend.pool.close();
  t.deepEqual(
    pids.map(isRunning),
    pids.map(() => false),
  );
  for (const promise of [prepared, waiting]) t.like(await t.throwsAsync(promise), { code: "unavailable" });
});
