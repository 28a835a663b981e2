import type { Problem } from "@millrace/core";
import test from "ava";
import { openApiDocument } from "../../src/openapi-document.ts";
import { openAccess } from "../../src/sessions/access.ts";
import { Browser, SCRIPT } from "../helpers/browser.ts";
import { apiSpec, items, startHarness, TOKEN, temporaryDirectory } from "../helpers/harness.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const BEFORE_SIGN_IN = ["GET /dashboard/assets/sum", "GET /session/start", "POST /session"];

interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
}

/** What the OpenAPI document describes, with the parameters of its paths filled in. */
function operations(): readonly DescribedOperation[] {
  const { paths } = openApiDocument("https://millrace.test") as unknown as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security?: unknown[] }>>>>;
  };
  return Object.entries(paths).flatMap(([template, methods]) => {
    const path = template.replace("{id}", ID).replace(/\{\w+\}/g, "sum");
    return Object.entries(methods).map(([name, { security }]) => {
      const method = name.toUpperCase();
      return {
        method,
        path,
        isPublic: security?.length === 0 || BEFORE_SIGN_IN.includes(`${method} ${path}`),
      };
    });
  });
}

test("every operation of the OpenAPI document answers 401 without the token, with a wrong one, and with a made-up cookie", async (t) => {
  const { service } = await startHarness(t);
  const { port } = new URL(service.url);
  const closed = operations().filter(({ isPublic }) => !isPublic);
  t.true(closed.length >= 20, String(closed.length));
  const cookie = `millrace_session_${port}=${"a".repeat(22)}.${Date.now() + 60_000}.${"b".repeat(43)}`;
  const attempts: Readonly<Record<string, string>>[] = [
    {},
    { authorization: `Bearer ${"u".repeat(TOKEN.length)}` },
    { authorization: TOKEN },
    { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    { cookie, ...SCRIPT },
    { "x-api-key": TOKEN },
  ];
  for (const { method, path } of closed) {
    for (const headers of attempts) {
      const response = await fetch(`${service.url}${path}?token=${TOKEN}`, { method, headers });
      const { code } = (await response.json()) as Problem;
      t.deepEqual(
        [response.status, code],
        [401, "unauthorized"],
        `${method} ${path} ${JSON.stringify(headers)}`,
      );
    }
  }
});

test("every operation of the OpenAPI document refuses a session cookie sent by another page", async (t) => {
  const harness = await startHarness(t);
  const browser = new Browser(harness);
  await browser.signIn();
  const { cookie } = browser;
  // Public ones need no session, and give a session nothing.
  for (const { method, path } of operations().filter(({ isPublic }) => !isPublic)) {
    for (const site of ["same-site", "cross-site"]) {
      const headers = { cookie, "sec-fetch-site": site, "x-millrace-csrf": "1" };
      const response = await fetch(`${harness.service.url}${path}`, { method, headers });
      const { code } = (await response.json()) as Problem;
      t.deepEqual([response.status, code], [403, "cross_origin_refused"], `${method} ${path} ${site}`);
    }
  }
  t.is((await browser.get("/jobs")).status, 200);
});

test("isToken() takes the token alone, and find() a cookie as it was sealed alone", async (t) => {
  const access = await openAccess({ home: await temporaryDirectory(t), token: TOKEN, now: Date.now });
  for (const guess of ["", "t", TOKEN.slice(1), `${TOKEN}t`, "u".repeat(43)]) t.false(access.isToken(guess));
  t.true(access.isToken(TOKEN));
  const cookie = access.sessions.seal(access.sessions.begin());
  t.truthy(access.sessions.find(cookie));
  t.is(access.sessions.find(`${cookie.slice(0, -1)}${cookie.endsWith("A") ? "B" : "A"}`), undefined);
});

test("a job cannot be reached through the endpoint of another API", async (t) => {
  const harness = await startHarness(t);
  await harness.backend.ledger.apis.put({
    name: "other",
    version: "f".repeat(16),
    spec: apiSpec("other"),
    createdAtMs: Date.now(),
  });
  const { job_id } = await harness.submit(items(2));
  await harness.over(job_id);
  for (const below of ["", "/results", "/failures", "/failures/groups", "/logs", "/events"]) {
    const response = await harness.call(`/other/${job_id}${below}`);
    t.is(response.status, 404, below);
    t.is(((await response.json()) as Problem).code, "job_not_found");
  }
  t.is((await harness.call(`/other/${job_id}`, { method: "DELETE" })).status, 404);
  t.is((await harness.call(`/other/${job_id}/retry`, { method: "POST" })).status, 404);
  t.is((await harness.call(`/sum/${job_id}/results`)).status, 200);
});
