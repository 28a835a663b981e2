import { sampleApi } from "@millrace/backend-suite";
import { MillraceError } from "@millrace/core";
import test from "ava";
import { isRunning, poolHome, until } from "./fixtures/pool-home.ts";

const API = sampleApi("sample");

test("prepare() hands on the output's lines and resolves when the version is prepared", async (t) => {
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

test("prepare() throws internal when the preparation ends without a word", async (t) => {
  const { pool } = await (await poolHome(t)).open("silent");
  const prepared = pool.prepare(API, { archiveUri: "/archive", onOutput: () => {} });
  const error = await t.throwsAsync(prepared, { instanceOf: MillraceError, message: /exit code 9/ });
  t.is(error?.code, "internal");
});

test("prepare() kills the preparation when it is aborted", async (t) => {
  const { pool } = await (await poolHome(t)).open("hang");
  const abort = new AbortController();
  let pid = 0;
  const onOutput = (line: string) => {
    pid = Number(line) || pid;
    if (pid > 0) abort.abort(new Error("enough"));
  };
  const prepared = pool.prepare(API, { archiveUri: "/archive", onOutput, signal: abort.signal });
  await t.throwsAsync(prepared, { message: "enough" });
  t.true(await until(() => !isRunning(pid)));
});
