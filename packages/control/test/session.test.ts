import type { Problem } from "@millrace/core";
import test from "ava";
import { Browser, HTML, newLink, SCRIPT } from "./helpers/browser.ts";
import { startHarness, TOKEN } from "./helpers/harness.ts";
import { clock, signedIn } from "./helpers/signed-in.ts";

const MINUTE_MS = 60_000;

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
  t.regex(await refused.text(), /role="alert">Cannot sign in: the link has already been used/);
  t.is(second.cookie, "");
});

test("a link does not work after a minute, and neither do invented codes", async (t) => {
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

test("only the token creates links, a session cannot", async (t) => {
  const { browser, service } = await signedIn(t);
  const response = await browser.send("POST", "/session/links", { headers: SCRIPT });
  t.is(response.status, 401);
  t.regex(((await response.json()) as Problem).detail, /expected the token, not a session/);
  t.is((await fetch(`${service.url}/session/links`, { method: "POST" })).status, 401);
});

test("behind HTTPS the cookie is limited to HTTPS and to this host", async (t) => {
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

test("the pasted token signs in, and a wrong one shows the page again, ten times a minute", async (t) => {
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

test("only wrong sign-ins count, and they never block a correct one: all users of a machine share one address", async (t) => {
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

test("signIn() refuses invalid forms, and forms of other pages, also with the right token", async (t) => {
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

test("a session changes nothing without evidence that the request comes from our page", async (t) => {
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

test("a session returns no data to other origins, not even on this machine", async (t) => {
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

test("the token needs no such evidence, and a wrong token is refused even with a session", async (t) => {
  const { browser, call } = await signedIn(t);
  t.is((await call("/apis/nope", { method: "DELETE" })).status, 404);
  t.is((await browser.get("/jobs", { authorization: "Bearer wrong" })).status, 401);
});

test("a forged cookie, or one of another service, is refused", async (t) => {
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
