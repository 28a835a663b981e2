import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { Browser, HTML, newLink, SCRIPT } from "./helpers/browser.ts";
import { startHarness, TOKEN, temporaryDirectory } from "./helpers/harness.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A clock that is moved by hand. */
function clock() {
  let nowMs = Date.now();
  return {
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

async function signedIn(t: ExecutionContext, options: Parameters<typeof startHarness>[1] = {}) {
  const harness = await startHarness(t, options);
  const browser = new Browser(harness);
  t.is((await browser.signIn()).status, 303);
  return { ...harness, browser };
}

test("a link signs one browser in, once; its code is in the fragment", async (t) => {
  const harness = await startHarness(t);
  const { url, code, expires_time, response } = await newLink(harness);
  t.is(response.status, 201);
  t.is(response.headers.get("cache-control"), "no-store");
  t.is(url, `${harness.service.url}/session/start#${code}`);
  t.regex(code, /^[\w-]{43}$/);
  t.true(Math.abs(Date.parse(expires_time) - Date.now() - MINUTE_MS) < 10_000);
  const browser = new Browser(harness);
  const start = await browser.get("/session/start", HTML);
  t.is(start.status, 200);
  t.is(start.headers.get("cache-control"), "no-store");
  t.is((await browser.get("/jobs")).status, 401);
  const answer = await browser.form("/session", { code });
  t.is(answer.status, 303);
  t.is(answer.headers.get("location"), "/dashboard");
  const { port } = new URL(harness.service.url);
  t.regex(
    answer.headers.getSetCookie().join("\n"),
    new RegExp(`^millrace_session_${port}=[\\w.-]+; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$`),
  );
  t.is((await browser.get("/jobs")).status, 200);
  const second = new Browser(harness);
  const refused = await second.form("/session", { code });
  t.is(refused.status, 401);
  t.regex(await refused.text(), /role="alert">Cannot sign in: the link was used already/);
  t.is(second.cookie, "");
});

test("a link is of no use after a minute, and codes that were never given are of none", async (t) => {
  const { now, pass } = clock();
  const harness = await startHarness(t, { now });
  const { code } = await newLink(harness);
  const browser = new Browser(harness);
  t.is((await browser.form("/session", { code: "x".repeat(43) })).status, 401);
  t.is((await browser.form("/session", { code: "" })).status, 401);
  pass(MINUTE_MS);
  t.is((await browser.form("/session", { code })).status, 401);
  t.is((await browser.form("/session", { code: (await newLink(harness)).code })).status, 303);
});

test("only the token makes links, and a session cannot", async (t) => {
  const { browser, service } = await signedIn(t);
  const response = await browser.send("POST", "/session/links", { headers: SCRIPT });
  t.is(response.status, 401);
  t.regex(((await response.json()) as Problem).detail, /expected the token, not a session/);
  t.is((await fetch(`${service.url}/session/links`, { method: "POST" })).status, 401);
});

test("behind HTTPS the cookie is for it alone, and for this host alone", async (t) => {
  const harness = await startHarness(t, { publicUrl: "https://millrace.example.com" });
  const browser = new Browser(harness);
  const answer = await browser.signIn();
  t.regex(
    answer.headers.getSetCookie().join("\n"),
    /^__Host-millrace_session=[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
  );
  t.is((await browser.get("/jobs")).status, 200);
  t.regex((await newLink(harness)).url, /^https:\/\/millrace\.example\.com\/session\/start#/);
});

test("the pasted token signs in, and a wrong one gets the page again, ten times a minute", async (t) => {
  const { now, pass } = clock();
  const harness = await startHarness(t, { now });
  const browser = new Browser(harness);
  for (let i = 0; i < 10; i++) {
    const refused = await browser.form("/session", { token: `${TOKEN}x` });
    t.is(refused.status, 401);
    t.regex(await refused.text(), /role="alert">Cannot sign in: wrong token/);
  }
  for (const wrong of [{ token: `${TOKEN}x` }, { code: "x".repeat(43) }]) {
    const limited = await browser.form("/session", wrong);
    t.is(limited.status, 429);
    t.is(limited.headers.get("retry-after"), "60");
    t.regex(await limited.text(), /role="alert">Cannot sign in: 10 wrong tries/);
    t.is(browser.cookie, "");
  }
  pass(MINUTE_MS);
  t.is((await browser.form("/session", { token: `${TOKEN}x` })).status, 401);
  t.is((await browser.form("/session", { token: ` ${TOKEN}\n` })).status, 303);
});

test("only wrong sign-ins count, and none holds a right one back: all users of a machine come from one address", async (t) => {
  const harness = await startHarness(t);
  const mine = new Browser(harness);
  const other = new Browser(harness);
  for (let i = 0; i < 15; i++) {
    t.is((await mine.form("/session", { token: TOKEN })).status, 303);
    t.is((await other.form("/session", { token: "" })).status, 401);
    t.is((await other.form("/session", {})).status, 400);
    t.is((await other.get("/jobs")).status, 401);
  }
  const wrong = () => other.form("/session", { token: `${TOKEN}x` });
  t.is((await wrong()).status, 401);
  while ((await wrong()).status !== 429);
  t.is((await mine.form("/session", { token: TOKEN })).status, 303);
  t.is((await mine.signIn()).status, 303);
});

test("signIn() refuses forms that are none, and those of other pages, also with the right token", async (t) => {
  const harness = await startHarness(t);
  const browser = new Browser(harness);
  const { origin } = new URL(harness.service.url);
  const status = async (headers: Record<string, string>, fields: Record<string, string> = { token: TOKEN }) =>
    (await browser.form("/session", fields, headers)).status;
  for (const site of ["cross-site", "same-site", "none"]) {
    t.is(await status({ "sec-fetch-site": site, origin }), 403, site);
  }
  for (const foreign of ["", "null", "http://evil.example", "http://127.0.0.1:1", `${origin}0`]) {
    t.is(await status({ "sec-fetch-site": "", origin: foreign }), 403, foreign);
  }
  t.is(browser.cookie, "", "login CSRF");
  t.is(await status({ "content-type": "application/json" }), 415);
  t.is(await status({}, {}), 400);
  t.is(await status({}, { token: TOKEN, code: "x" }), 400);
  t.is(await status({}, { token: "x".repeat(5_000) }), 413);
  // An old browser, or plain HTTP beyond loopback: only Origin is there.
  t.is(await status({ "sec-fetch-site": "", origin }), 303);
});

test("a session changes nothing without evidence that a page of ours asks", async (t) => {
  const { browser, service } = await signedIn(t);
  const { origin } = new URL(service.url);
  const remove = async (headers: Record<string, string>) => {
    const response = await browser.send("DELETE", "/apis/nope", { headers });
    return [response.status, ((await response.json()) as Problem).code] as const;
  };
  const csrf = { "x-millrace-csrf": "1" };
  const refused = [403, "cross_origin_refused"] as const;
  t.deepEqual(await remove({}), refused);
  t.deepEqual(await remove(csrf), refused);
  t.deepEqual(await remove({ "sec-fetch-site": "same-origin" }), refused);
  t.deepEqual(await remove({ ...csrf, origin: "http://evil.example" }), refused);
  t.deepEqual(await remove({ ...csrf, origin: "null" }), refused);
  for (const site of ["same-site", "cross-site", "none"]) {
    t.deepEqual(await remove({ ...csrf, "sec-fetch-site": site, origin }), refused, site);
  }
  t.deepEqual(await remove(SCRIPT), [404, "api_not_found"]);
  t.deepEqual(await remove({ ...csrf, origin }), [404, "api_not_found"]);
  for (const [method, path] of [
    ["POST", "/sum"],
    ["PUT", "/apis/sum"],
    ["DELETE", "/session"],
    ["POST", "/session/end"],
    ["PATCH", "/anything"],
  ] as const) {
    t.is((await browser.send(method, path)).status, 403, `${method} ${path}`);
  }
});

test("a session hands no data to pages of others, not even of this machine", async (t) => {
  const { browser } = await signedIn(t);
  for (const site of ["same-site", "cross-site"]) {
    const headers = { "sec-fetch-site": site };
    t.is((await browser.get("/jobs", { ...headers, "sec-fetch-dest": "script" })).status, 403, site);
    t.is((await browser.get("/dashboard", { ...headers, "sec-fetch-dest": "iframe" })).status, 403, site);
    t.is((await browser.get("/dashboard", { ...headers, "sec-fetch-dest": "document" })).status, 200, site);
  }
  for (const site of ["same-origin", "none"]) {
    t.is((await browser.get("/jobs", { "sec-fetch-site": site })).status, 200, site);
  }
});

test("the token needs no evidence, and a wrong one is not mended by a session", async (t) => {
  const { browser, call } = await signedIn(t);
  t.is((await call("/apis/nope", { method: "DELETE" })).status, 404);
  t.is((await browser.get("/jobs", { authorization: "Bearer wrong" })).status, 401);
});

test("a cookie that was tampered with, or is of another service, is refused", async (t) => {
  const { browser } = await signedIn(t);
  const [name = "", value = ""] = browser.cookie.split("=");
  const [id = "", expiry = "", mac = ""] = value.split(".");
  const foreign = await signedIn(t);
  const flipped = mac.startsWith("A") ? `B${mac.slice(1)}` : `A${mac.slice(1)}`;
  // The last of 43 characters carries two bits that no byte needs: another text for the same bytes.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const alias = mac.slice(0, -1) + alphabet.charAt(alphabet.indexOf(mac.at(-1) ?? "") ^ 1);
  for (const wrong of [
    "",
    "x",
    `${id}.${Number(expiry) + 1}.${mac}`,
    `${"A".repeat(22)}.${expiry}.${mac}`,
    `${id}.${expiry}.${flipped}`,
    `${id}.${expiry}.${alias}`,
    `${id}.${expiry}.`,
    `${id}.0${expiry}.${mac}`,
    `${value}x`,
    foreign.browser.cookie.split("=")[1] ?? "",
  ]) {
    t.is((await browser.get("/jobs", { cookie: `${name}=${wrong}` })).status, 401, wrong);
  }
  t.is((await browser.get("/jobs", { cookie: `${name}=${value}` })).status, 200);
});

test("a session ends twelve hours after its last use, and use prolongs it", async (t) => {
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

test("sessions outlive the service, and what was ended stays ended", async (t) => {
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

test("a cookie that was renewed before its session ended is refused, too, until it would expire", async (t) => {
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

test("two services of one machine leave each other's sessions alone", async (t) => {
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
