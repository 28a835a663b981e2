import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { JobView, Problem } from "@millrace/core";
import test from "ava";
import { listen, RECEIVE_LIMITS } from "../../src/server.ts";
import { items, startHarness, TOKEN } from "../helpers/harness.ts";

const AUTHORIZED = `Authorization: Bearer ${TOKEN}`;

/**
 * Sends bytes as they are, then `drop` again and again, and gives everything that comes back until the server closes the
 * connection.
 */
async function exchange(url: string, bytes: string, drop?: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  // A server that closes while it is written to resets the connection.
  socket
    .on("error", () => {})
    .on("data", (chunk) => {
      answer += chunk;
    });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(bytes);
  const dropping = drop === undefined ? undefined : setInterval(() => socket.write(drop), 20);
  try {
    await closed;
    return answer;
  } finally {
    clearInterval(dropping);
  }
}

/** The status of each answer. */
function statuses(answer: string): readonly string[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status = ""]) => status);
}

test("hostCheck() refuses a Host that contains our name only in part, in every form of request", async (t) => {
  const { service } = await startHarness(t);
  const { host, port } = new URL(service.url);
  const get = (line: string, ...headers: readonly string[]) =>
    exchange(service.url, [line, ...headers, AUTHORIZED, "Connection: close", "", ""].join("\r\n"));
  t.deepEqual(statuses(await get("GET /jobs HTTP/1.1", `Host: ${host}`)), ["200"]);
  const hosts = [
    "localhost.evil.example",
    `evil.example:${port}`,
    "127.0.0.1.nip.io",
    "127.1",
    "0x7f000001",
    "2130706433",
    "[::ffff:127.0.0.1]",
    "localhost:80:80",
    "localhost@evil.example",
    "evil.example/localhost",
    "",
  ];
  for (const name of hosts) {
    t.deepEqual(statuses(await get("GET /jobs HTTP/1.1", `Host: ${name}`)), ["403"], name);
  }
  // The target of a proxy's request does not stand for the header.
  t.deepEqual(statuses(await get(`GET http://${host}/jobs HTTP/1.1`, "Host: evil.example")), ["403"]);
  t.deepEqual(statuses(await get("GET /jobs HTTP/1.1", "Host: evil.example", `X-Forwarded-Host: ${host}`)), [
    "403",
  ]);
  t.deepEqual(statuses(await get("GET /jobs HTTP/1.1")), ["400"]);
  t.deepEqual(statuses(await get("GET /jobs HTTP/1.0")), ["403"]);
});

test("hostCheck() refuses two Host headers, which programs interpret differently", async (t) => {
  const { service } = await startHarness(t);
  const { host } = new URL(service.url);
  const pairs = [
    ["Host: evil.example", `Host: ${host}`],
    [`Host: ${host}`, "Host: evil.example"],
    [`Host: ${host}`, `hOST: ${host}`],
    [`Host: ${host}`, "Host:"],
  ];
  for (const path of ["/jobs", "/healthz"]) {
    for (const headers of pairs) {
      const lines = [`GET ${path} HTTP/1.1`, ...headers, AUTHORIZED, "Connection: close", "", ""];
      const answer = await exchange(service.url, lines.join("\r\n"));
      t.deepEqual(statuses(answer), ["400"], headers.join(", "));
      t.regex(answer, /two Host headers/);
    }
  }
});

const SMUGGLED = `GET /apis HTTP/1.1\r\nHost: localhost\r\n${AUTHORIZED}\r\n\r\n`;
const AMBIGUOUS: Readonly<Record<string, readonly string[]>> = {
  "two lengths": ["Content-Length: 0", `Content-Length: ${SMUGGLED.length}`],
  "a length and chunks": [`Content-Length: ${SMUGGLED.length + 5}`, "Transfer-Encoding: chunked"],
  "chunks that are not last": ["Transfer-Encoding: chunked, identity"],
  "chunks by another name": ["Transfer-Encoding: xchunked"],
  "a space before the colon": ["Content-Length : 0"],
  "a signed length": ["Content-Length: +0"],
  "a folded header": ["X-Folded: a", " Content-Length: 0"],
  "a bare carriage return": ["X-Bare: a\rContent-Length: 0"],
  "a NUL": ["X-Nul: a\0b"],
};

for (const [what, headers] of Object.entries(AMBIGUOUS)) {
  test(`a request whose end is ambiguous, by ${what}, is refused and its connection closed`, async (t) => {
    const { service } = await startHarness(t);
    const head = ["POST /sum HTTP/1.1", "Host: localhost", AUTHORIZED, ...headers, "", ""].join("\r\n");
    t.deepEqual(statuses(await exchange(service.url, `${head}0\r\n\r\n${SMUGGLED}`)), ["400"]);
  });
}

test("headers above the limit are refused", async (t) => {
  const { service } = await startHarness(t);
  const head = `GET /jobs HTTP/1.1\r\nHost: localhost\r\n${AUTHORIZED}\r\nX-Long: `;
  t.deepEqual(statuses(await exchange(service.url, `${head}${"x".repeat(600 * 1024)}\r\n\r\n`)), ["431"]);
});

test("listen() closes connections whose headers or bodies never end, even if bytes keep arriving", async (t) => {
  const server = await listen((request, response) => request.resume().on("end", () => response.end()), {
    host: "127.0.0.1",
    port: 0,
    receive: { headersMs: 300, requestMs: 600, checkMs: 50 },
  });
  t.teardown(() => server.stop(0));
  t.deepEqual(statuses(await exchange(server.url, "GET / HTTP/1.1\r\n", "X-A: b\r\n")), ["408"]);
  const post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
  t.deepEqual(statuses(await exchange(server.url, post, "x")), ["408"]);
  const { headersMs, requestMs } = RECEIVE_LIMITS;
  t.true(headersMs > 0 && headersMs <= 60_000);
  t.true(requestMs > headersMs && requestMs <= 3_600_000);
});

test("requestId() copies only a harmless id from the client into header and log", async (t) => {
  const lines: string[] = [];
  const write = (message: string, fields?: unknown) => void lines.push(JSON.stringify([message, fields]));
  const logger = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: (fields: unknown) => {
      lines.push(JSON.stringify(fields));
      return logger;
    },
  };
  const { call } = await startHarness(t, { logger });
  const answered = async (id: string) =>
    (await call("/jobs", { headers: { "x-request-id": id } })).headers.get("x-request-id");
  t.is(await answered("deploy-42.A_b"), "deploy-42.A_b");
  for (const id of ["a b", '{"level":"error"}', "\u009b31m", "a".repeat(65), "a\tb", "<script>"]) {
    t.regex((await answered(id)) ?? "", /^[0-9A-HJKMNP-TV-Z]{26}$/, JSON.stringify(id));
  }
  t.false(lines.some((line) => line.includes("script") || line.includes("31m")));
});

const DEEP = 100_000;
const NESTED = "[".repeat(DEEP) + "]".repeat(DEEP);

test("a submission that is nested too deeply is refused, wherever it is nested", async (t) => {
  const { call } = await startHarness(t);
  const item = '"item_list":{"items":[1],"batch_size":1}';
  const bodies = [
    `{"workers":1,${item},"config":{"a":${NESTED}}}`,
    `{"workers":1,"item_list":{"items":[${NESTED}],"batch_size":1}}`,
    `{"workers":1,"item_list":{"items":[12345678901234567890,${NESTED}],"batch_size":1}}`,
    `{"workers":1,${item},"labels":${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}}`,
    NESTED,
  ];
  for (const body of bodies) {
    const response = await call("/sum", { method: "POST", body });
    t.true([400, 422].includes(response.status), String(response.status));
    t.regex(((await response.json()) as Problem).detail, /nested (deeper than 200|too deeply)|JSON object/);
  }
});

test("names such as __proto__ are ordinary data", async (t) => {
  const { post, home } = await startHarness(t);
  const config = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
  const response = await post("/sum", items(1, { config }));
  t.is(response.status, 422);
  t.regex(((await response.json()) as Problem).detail, /config: __proto__: is not allowed as a name/);
  // What an item is called is the user's own.
  const named = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
  const taken = await post("/sum", `{"workers":1,"item_list":{"items":[${named}],"batch_size":1}}`);
  t.is(taken.status, 201);
  const { job_id } = (await taken.json()) as JobView;
  t.is(readFileSync(join(home, "jobs", job_id, "objects", "items.ndjson"), "utf8"), `${named}\n`);
  t.is(({} as { polluted?: boolean }).polluted, undefined);
});
