import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "@millrace/core";
import test from "ava";
import { Browser, newLink, SCRIPT } from "./helpers/browser.ts";
import { startHarness, TOKEN, temporaryDirectory } from "./helpers/harness.ts";
import { clock, signedIn } from "./helpers/signed-in.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test("a session ends twelve hours after its last use", async (t) => {
  const { now, pass } = clock();
  const { browser } = await signedIn(t, { now });
  const first = browser.cookie;
  pass(9 * MINUTE_MS);
  t.deepEqual((await browser.get("/jobs")).headers.getSetCookie(), [], "not at every request");
  pass(11 * HOUR_MS);
  t.is((await browser.get("/jobs")).status, 200);
  t.not(browser.cookie, first);
  pass(2 * HOUR_MS);
  t.is((await browser.get("/jobs", { cookie: first })).status, 401, "the first cookie has expired");
  pass(10 * HOUR_MS - 1);
  t.is((await browser.get("/jobs", { cookie: browser.cookie })).status, 200);
  pass(12 * HOUR_MS);
  const over = await browser.get("/jobs");
  t.is(over.status, 401);
  t.regex(((await over.json()) as Problem).detail, /the session is over/);
});

test("sessions outlive the service, and ended sessions stay ended", async (t) => {
  const home = await temporaryDirectory(t);
  const first = await signedIn(t, { home });
  const kept = first.browser.cookie;
  const out = new Browser(first);
  await out.signIn();
  const ended = out.cookie;
  const byForm = new Browser(first);
  await byForm.signIn();
  const endedByForm = byForm.cookie;
  const answer = await out.send("DELETE", "/session", { headers: SCRIPT });
  t.deepEqual([answer.status, await answer.json()], [200, { message: "signed out" }]);
  t.is(out.cookie, "", "the browser forgets it");
  const redirected = await byForm.form("/session/end", {});
  t.deepEqual([redirected.status, redirected.headers.get("location")], [303, "/dashboard"]);
  t.is(byForm.cookie, "");
  // Ports change with each service of the tests, and are part of the cookie's name.
  const value = (cookie: string) => cookie.split("=")[1];
  const statusOf = async (harness: typeof first, cookie: string) => {
    const name = `millrace_session_${new URL(harness.service.url).port}`;
    return (await new Browser(harness).get("/jobs", { cookie: `${name}=${value(cookie)}` })).status;
  };
  for (const cookie of [ended, endedByForm]) t.is(await statusOf(first, cookie), 401);
  await first.stop();
  const second = { ...(await startHarness(t, { home })), browser: first.browser };
  for (const cookie of [ended, endedByForm]) t.is(await statusOf(second, cookie), 401);
  t.is(await statusOf(second, kept), 200);
  await second.stop();
  const renamed = { ...(await startHarness(t, { home, token: "u".repeat(43) })), browser: first.browser };
  t.is(await statusOf(renamed, kept), 401, "another token, other sessions");
  await renamed.stop();
  // Who has forgotten what was ended takes nothing of before.
  await writeFile(join(home, "sessions.json"), "");
  const third = { ...(await startHarness(t, { home })), browser: first.browser };
  for (const cookie of [ended, endedByForm, kept]) t.is(await statusOf(third, cookie), 401);
});

test("an older cookie of an ended session is refused too, until it would expire", async (t) => {
  const { now, pass } = clock();
  const { browser, home } = await signedIn(t, { now });
  pass(HOUR_MS);
  await browser.get("/jobs");
  const renewed = browser.cookie;
  // This very request is due for a renewal.
  pass(HOUR_MS);
  const out = await browser.send("DELETE", "/session", { headers: SCRIPT });
  t.is(out.headers.getSetCookie().length, 1);
  t.is(browser.cookie, "");
  pass(11 * HOUR_MS - 1);
  t.is((await browser.get("/jobs", { cookie: renewed })).status, 401);
  const ended = async () =>
    Object.keys((JSON.parse(await readFile(join(home, "sessions.json"), "utf8")) as { ended: object }).ended);
  t.is((await ended()).length, 1);
  pass(HOUR_MS + 1);
  await browser.signIn();
  await browser.send("DELETE", "/session", { headers: SCRIPT });
  t.is((await ended()).length, 1, "what has expired by itself is not kept");
});

test("signing out with the token is refused, since nothing ends", async (t) => {
  const { call } = await startHarness(t);
  const response = await call("/session", { method: "DELETE" });
  t.is(response.status, 401);
  t.regex(
    ((await response.json()) as Problem).detail,
    /came with the token, expected the session of a browser/,
  );
  t.is((await call("/session/end", { method: "POST" })).status, 401);
});

test("two services on one machine do not affect each other's sessions", async (t) => {
  const [one, two] = [await signedIn(t), await signedIn(t)];
  const cookie = `${one.browser.cookie}; ${two.browser.cookie}`;
  for (const { browser } of [one, two]) t.is((await browser.get("/jobs", { cookie })).status, 200);
  await one.browser.send("DELETE", "/session", { headers: { ...SCRIPT, cookie } });
  t.is((await one.browser.get("/jobs", { cookie })).status, 401);
  t.is((await two.browser.get("/jobs", { cookie })).status, 200);
});

test("sign-in leaves neither code nor token nor cookie in the log", async (t) => {
  const lines: string[] = [];
  const write = (message: string, fields: unknown) => void lines.push(JSON.stringify([message, fields]));
  const logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  const harness = await startHarness(t, { logger });
  const { code } = await newLink(harness);
  const browser = new Browser(harness);
  await browser.form("/session", { code });
  await browser.form("/session", { code });
  await browser.signIn();
  await browser.get("/jobs");
  t.true(lines.length >= 5);
  const [, value = "none"] = browser.cookie.split("=");
  for (const secret of [code, TOKEN, value]) t.false(lines.some((line) => line.includes(secret)));
});
