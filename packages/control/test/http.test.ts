import { Agent } from "node:http";
import { connect } from "node:net";
import type { Problem } from "@millrace/core";
import test from "ava";
import { ROUTES } from "../src/routes/table.ts";
import { items, startHarness, TOKEN } from "./helpers/harness.ts";
import { rawRequest } from "./helpers/raw-request.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
/** Without a token, and with nothing that a browser would send. */
const UNAUTHENTICATED: Readonly<Record<string, number>> = {
  "GET /healthz": 200,
  "GET /readyz": 200,
  "GET /dashboard/assets/sum": 404,
  "GET /session/start": 200,
  "POST /session": 403,
};

test("authentication() answers 401 without the token on every route except health checks and sign-in", async (t) => {
  const { service } = await startHarness(t);
  const paths = ROUTES.map(({ method, path }) => ({
    method: method.toUpperCase(),
    path: path.replace("{id}", ID).replace(/\{\w+\}/, "sum"),
  }));
  const unknown = [
    { method: "GET", path: "/a/b/c/d" },
    { method: "PATCH", path: "/jobs" },
    { method: "GET", path: "/metrics" },
  ];
  for (const { method, path } of [...paths, ...unknown]) {
    const expected = UNAUTHENTICATED[`${method} ${path}`] ?? 401;
    for (const authorization of ["", "Bearer wrong", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      const response = await fetch(`${service.url}${path}`, {
        method,
        headers: authorization === "" ? {} : { authorization },
      });
      t.is(response.status, expected, `${method} ${path} with "${authorization}"`);
      if (expected !== 401) continue;
      const problem = (await response.json()) as Problem;
      t.is(problem.code, "unauthorized");
      t.is(response.headers.get("content-type"), "application/problem+json");
      t.is(response.headers.get("www-authenticate"), 'Bearer realm="millrace"');
    }
  }
});

test("hostCheck() refuses a foreign Host", async (t) => {
  const { service } = await startHarness(t, { allowedHosts: ["gpu-box"] });
  const { port } = new URL(service.url);
  const statusFor = async (host: string) =>
    (await rawRequest(`${service.url}/jobs`, { headers: { host } })).status;
  for (const host of [
    `127.0.0.1:${port}`,
    "localhost",
    `LOCALHOST:${port}`,
    `[::1]:${port}`,
    "gpu-box",
    `gpu-box:${port}`,
  ]) {
    t.is(await statusFor(host), 200, host);
  }
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1.evil.example",
    "localhost.",
    "x@localhost",
  ]) {
    t.is(await statusFor(host), 403, host);
  }
});

test("hostCheck() allows health checks with any Host", async (t) => {
  const { service } = await startHarness(t, {});
  for (const path of ["/healthz", "/readyz"]) {
    t.is((await rawRequest(`${service.url}${path}`, { headers: { host: "10.42.33.7:8080" } })).status, 200);
  }
});

test("responses use the configured address, else the one that the client used", async (t) => {
  const endpointOf = async (publicUrl: string | undefined) => {
    const { call } = await startHarness(t, { publicUrl });
    const { apis } = (await (await call("/apis")).json()) as { apis: readonly { endpoint: string }[] };
    return apis[0]?.endpoint;
  };
  t.is(await endpointOf("https://millrace.example.com"), "https://millrace.example.com/sum");
  t.regex((await endpointOf(undefined)) ?? "", /^http:\/\/127\.0\.0\.1:\d+\/sum$/);
});

test("readBody() refuses invalid UTF-8 and encodings", async (t) => {
  const { call } = await startHarness(t);
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    call("/sum", { method: "POST", body, headers });
  t.is((await post(new Uint8Array([0x7b, 0xff, 0x7d]))).status, 400);
  t.is((await post("{}", { "content-encoding": "gzip" })).status, 415);
});

test("idempotencyOf() refuses an invalid key, an empty one, and also that of a dry run", async (t) => {
  const { call } = await startHarness(t);
  for (const path of ["/sum", "/sum?dryRun=true"]) {
    for (const key of ["a b", "", "é", "k".repeat(256)]) {
      const init = { method: "POST", body: JSON.stringify(items(1)), headers: { "idempotency-key": key } };
      const response = await call(path, init);
      t.is(response.status, 400, `${path} ${key}`);
      t.like(await response.json(), { code: "invalid_request", field: "Idempotency-Key" });
    }
  }
  t.deepEqual(await (await call("/jobs")).json(), { jobs: [], cursor: null });
});

test("methodNotAllowed says what is allowed", async (t) => {
  const { call } = await startHarness(t);
  const response = await call("/apis/sum", { method: "POST" });
  t.is(response.status, 405);
  t.is(response.headers.get("allow"), "PUT, HEAD, GET, DELETE");
});

for (const chunked of [false, true]) {
  test(`readBody() answers 413 and serves the connection's next request when the body is ${chunked ? "chunked" : "sized"}`, async (t) => {
    const { service } = await startHarness(t, { requestLimitBytes: 100_000 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => agent.destroy());
    const body = "x".repeat(1_000_000);
    const headers: Record<string, string> = chunked
      ? { "transfer-encoding": "chunked" }
      : { "content-length": "1000000" };
    const startMs = performance.now();
    for (let i = 0; i < 3; i++) {
      const refused = await rawRequest(`${service.url}/sum`, { method: "POST", agent, headers, body });
      t.is(refused.status, 413);
      t.regex(refused.body, /delimited_files/);
      t.is((await rawRequest(`${service.url}/jobs`, { agent })).status, 200);
    }
    // A body that is not let run out stalls the next request for 6 s, three times here.
    t.true(performance.now() - startMs < 18_000);
  });
}

test("consumeBody() survives a client that goes away in the middle of its body", async (t) => {
  const { service, call } = await startHarness(t);
  const { port } = new URL(service.url);
  for (let i = 0; i < 5; i++) {
    const socket = connect(Number(port), "127.0.0.1");
    const request = `POST /sum HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 1000\r\n\r\n{"work`;
    await new Promise<void>((resolve) => socket.write(request, () => resolve()));
    socket.destroy();
  }
  t.is((await call("/jobs")).status, 200);
});

test("getRoot() and getOpenApi() respond, and HEAD is served wherever GET is", async (t) => {
  const { call, service } = await startHarness(t);
  const root = (await (await call("/")).json()) as { openapi: string };
  t.is(root.openapi, `${service.url}/openapi.json`);
  const document = (await (await call("/openapi.json")).json()) as { openapi: string };
  t.regex(document.openapi, /^3\.1/);
  t.is((await call("/jobs", { method: "HEAD" })).status, 200);
});
