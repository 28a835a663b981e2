import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { fakeService, millrace, temporaryDirectory } from "../harness.ts";

const LINK = { url: "http://127.0.0.1:8080/session/start#code", expires_time: "2099-01-01T00:00:00.000Z" };
const ANSWERS = { "POST /session/links": LINK };

/** A directory with the system's openers, which write down what they are asked to open. */
function opener(t: ExecutionContext) {
  const directory = temporaryDirectory(t);
  const opened = join(directory, "opened");
  for (const name of ["xdg-open", "open"]) {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\nprintf %s "$1" > "${opened}.new"\nmv "${opened}.new" "${opened}"\n`);
    chmodSync(path, 0o755);
  }
  return { opened, env: { PATH: `${directory}:${process.env.PATH}`, DISPLAY: ":0" } };
}

test("dashboard opens the service's link in the browser on a terminal", async (t) => {
  const { url, seen } = await fakeService(t, ANSWERS);
  const { opened, env } = opener(t);
  const ran = await millrace(["dashboard"], { url, env, isTerminal: true });
  t.is(ran.code, 0, ran.stderr);
  t.is(ran.stdout, `${LINK.url}\n`);
  t.regex(ran.stderr, /opened in the browser/);
  t.deepEqual(
    seen.map(({ method, url: path }) => `${method} ${path}`),
    ["POST /session/links"],
  );
  const deadline = performance.now() + 180_000;
  while (!existsSync(opened) && performance.now() < deadline) await delay(20);
  t.is(readFileSync(opened, "utf8"), LINK.url);
});

test("dashboard only prints the link with --no-open, into a pipe, as JSON, and without a display", async (t) => {
  const { url } = await fakeService(t, ANSWERS);
  const { opened, env } = opener(t);
  const screenless = { ...env, DISPLAY: "" };
  for (const [args, options] of [
    [["--no-open"], { env, isTerminal: true }],
    [[], { env, isTerminal: false }],
    [["-o", "json"], { env, isTerminal: true }],
    [[], { env: screenless, isTerminal: true }],
    // A desktop without an opener.
    [[], { env: { ...env, PATH: "/nowhere" }, isTerminal: true }],
  ] as const) {
    const ran = await millrace(["dashboard", ...args], { url, ...options });
    t.is(ran.code, 0, ran.stderr);
    if (args.includes("-o" as never)) t.deepEqual(ran.json(), LINK);
    else t.is(ran.stdout, `${LINK.url}\n`);
    t.regex(ran.stderr, /open it in a browser within \d+ s; it works once/);
  }
  t.false(existsSync(opened));
});

test("dashboard says why there is no link", async (t) => {
  const { url } = await fakeService(t, {});
  const ran = await millrace(["dashboard"], { url });
  t.not(ran.code, 0);
  t.is(ran.stdout, "");
});
