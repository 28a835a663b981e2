import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test, { type ExecutionContext } from "ava";
import { ClientError, MillraceClient } from "../src/mod.ts";
import { fakeService, type Handler, sendJson } from "./fake-service.ts";

const ITEMS = { workers: 1, item_list: { items: [1], batch_size: 1 } };

async function connect(t: ExecutionContext, handler: Handler) {
  const { url, seen } = await fakeService(t, handler);
  return { client: new MillraceClient({ url, token: "secret" }), seen, url };
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const list: Value[] = [];
  for await (const value of values) list.push(value);
  return list;
}

test("every method sends its route, its query and the token", async (t) => {
  const { client, seen } = await connect(t, (_request, response) => sendJson(response, {}));
  await client.ready();
  await client.openapi();
  await client.apis();
  await client.api("a b");
  await client.deleteApi("a");
  await client.deleteApi("a", { force: true });
  await client.submit("/text/sum", ITEMS, { idempotencyKey: "k1" });
  await client.dryRun("sum", ITEMS);
  await client.job("sum", "j1");
  await client.stop("sum", "j1");
  await client.retry("sum", "j1", { idempotencyKey: "k2" });
  await client.jobs({
    api: "sum",
    statuses: ["running", "stopped"],
    labels: { team: "a:b" },
    limit: 5,
    cursor: "c",
  });
  await client.signInLink();
  await client.failureGroups("sum", "j1");
  await all(client.results("sum", "j1"));
  await all(client.failures("sum", "j1"));
  await all(client.logs("sum", "j1", { workers: [0, 3], since: "2026-01-31T12:00:00Z", tail: 5 }));
  t.deepEqual(
    seen.map(({ method, url }) => `${method} ${url}`),
    [
      "GET /readyz",
      "GET /openapi.json",
      "GET /apis",
      "GET /apis/a%20b",
      "DELETE /apis/a",
      "DELETE /apis/a?force=true",
      "POST /text/sum",
      "POST /sum?dryRun=true",
      "GET /sum/j1",
      "DELETE /sum/j1",
      "POST /sum/j1/retry",
      "GET /jobs?api=sum&status=running&status=stopped&label=team%3Aa%3Ab&limit=5&cursor=c",
      "POST /session/links",
      "GET /sum/j1/failures/groups",
      "GET /sum/j1/results",
      "GET /sum/j1/failures",
      "GET /sum/j1/logs?worker=0&worker=3&since=2026-01-31T12%3A00%3A00Z&tail=5",
    ],
  );
  t.true(seen.every(({ headers }) => headers.authorization === "Bearer secret"));
  t.is(seen[6]?.headers["idempotency-key"], "k1");
  t.is(seen[6]?.headers["content-type"], "application/json");
  t.deepEqual(JSON.parse(seen[6]?.body.toString() ?? ""), ITEMS);
  t.is(seen[10]?.headers["idempotency-key"], "k2");
});

test("submit() throws the problem with its code when the service refuses", async (t) => {
  const problem = {
    type: "about:blank",
    title: "Unprocessable",
    status: 422,
    detail: "workers: must be greater than or equal to 1 (got 0)",
    code: "invalid_submission",
    field: "workers",
    request_id: "r1",
  };
  const { client } = await connect(t, (_request, response) => sendJson(response, problem, 422));
  const error = await t.throwsAsync(client.submit("sum", ITEMS), { instanceOf: ClientError });
  t.is(error.code, "invalid_submission");
  t.is(error.status, 422);
  t.deepEqual(error.problem, problem);
});

test("a method throws invalid_response when something else answers", async (t) => {
  const { client } = await connect(t, (request, response) => {
    if (request.url === "/apis") response.end("<html>");
    else response.writeHead(502).end("Bad Gateway");
  });
  const notJson = await t.throwsAsync(client.apis(), { instanceOf: ClientError });
  t.is(notJson.code, "invalid_response");
  const gateway = await t.throwsAsync(client.job("sum", "j"), { instanceOf: ClientError });
  t.is(gateway.code, "invalid_response");
  t.regex(gateway.message, /HTTP 502.*Bad Gateway/);
});

test("a method throws unreachable, with the address and the reason, when nothing listens", async (t) => {
  const client = new MillraceClient({ url: "http://127.0.0.1:9/" });
  const error = await t.throwsAsync(client.apis(), { instanceOf: ClientError });
  t.is(error.code, "unreachable");
  t.regex(error.message, /^Cannot reach the service at http:\/\/127\.0\.0\.1:9: /);
  t.notRegex(error.message, /fetch failed/);
});

test("the constructor throws when the address is no http URL", (t) => {
  for (const url of ["", "localhost:8080", "ftp://x"]) {
    t.throws(() => new MillraceClient({ url }), { instanceOf: TypeError }, url);
  }
});

test("ready() is false when the service answers 503", async (t) => {
  const { client } = await connect(t, (_request, response) => sendJson(response, {}, 503));
  t.false(await client.ready());
});

test("failures() reads rows across chunks, multi-byte characters and blank lines", async (t) => {
  const { client } = await connect(t, async (_request, response) => {
    const bytes = Buffer.from('{"index":0,"id":"äö"}\r\n\n{"index":1,"id":"x"}');
    for (const byte of bytes) {
      if (!response.write(Buffer.of(byte))) await once(response, "drain");
      await new Promise(setImmediate);
    }
    response.end();
  });
  t.deepEqual(
    (await all(client.failures("sum", "j"))).map(({ index, id }) => [index, id]),
    [
      [0, "äö"],
      [1, "x"],
    ],
  );
});

test("results() throws unreachable when the connection breaks in the middle", async (t) => {
  const { client } = await connect(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.write('{"index":0', () => response.destroy());
  });
  const error = await t.throwsAsync(all(client.results("sum", "j")), { instanceOf: ClientError });
  t.is(error.code, "unreachable");
});

test("events() ends after `end`, skipping comments and other events", async (t) => {
  const { client, seen } = await connect(t, (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(
      ': open\n\nid: 1\nevent: progress\ndata: {"job_id":\ndata: "j"}\n\nevent: other\ndata: x\n\n',
    );
    response.write('event: end\ndata: {"job_id":"j","status":"succeeded"}\n\n');
    // Left open on purpose: the client must not wait for the server to close.
  });
  const events = await all(client.events("sum", "j"));
  t.deepEqual(
    events.map(({ event, data }) => [event, data.job_id]),
    [
      ["progress", "j"],
      ["end", "j"],
    ],
  );
  t.is(seen[0]?.headers.accept, "text/event-stream");
});

test("logs() follows until its signal aborts", async (t) => {
  const { client } = await connect(t, (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('event: log\ndata: {"text":"hello"}\n\n');
  });
  const controller = new AbortController();
  const texts: string[] = [];
  const error = await t.throwsAsync(async () => {
    for await (const line of client.logs("sum", "j", { follow: true, signal: controller.signal })) {
      texts.push(line.text);
      controller.abort();
    }
  });
  t.is(error.name, "AbortError");
  t.deepEqual(texts, ["hello"]);
});

test("logs() ends by its signal also after a garbage collection", async (t) => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const { client } = await connect(t, (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('event: log\ndata: {"text":"hello"}\n\n');
  });
  const controller = new AbortController();
  const lines = client.logs("sum", "j", { follow: true, signal: controller.signal });
  await lines.next();
  const next = t.throwsAsync(lines.next());
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(setImmediate);
    collectGarbage();
  }
  controller.abort();
  t.is((await next).name, "AbortError");
});

test("a client sends its own headers, and no token where it has none", async (t) => {
  const { url, seen } = await fakeService(t, (_request, response) => sendJson(response, { apis: [] }));
  await new MillraceClient({ url, headers: { "x-millrace-csrf": "1" } }).apis();
  t.is(seen[0]?.headers["x-millrace-csrf"], "1");
  t.is(seen[0]?.headers.authorization, undefined);
});

test.serial("a client on a page accepts an address relative to that page", async (t) => {
  const { url, seen } = await fakeService(t, (_request, response) => sendJson(response, { apis: [] }));
  Object.assign(globalThis, { location: { href: `${url}/dashboard/` } });
  t.teardown(() => Reflect.deleteProperty(globalThis, "location"));
  await new MillraceClient({ url: "/" }).apis();
  t.is(seen[0]?.url, "/apis");
});

test("deploy() streams the archive to the service and the events back", async (t) => {
  const { client, seen } = await connect(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.end('{"type":"output","text":"a"}\n\n{"type":"deployed","changed":true,"message":"m"}\n');
  });
  const archive = ReadableStream.from(
    (function* () {
      for (let part = 0; part < 100; part++) yield new Uint8Array(10_000).fill(part);
    })(),
  );
  const events = await all(client.deploy("sum", archive, { config: "dir/cortex.yaml" }));
  t.deepEqual(
    events.map(({ type }) => type),
    ["output", "deployed"],
  );
  t.is(seen[0]?.method, "PUT");
  t.is(seen[0]?.url, "/apis/sum?config=dir%2Fcortex.yaml");
  t.is(seen[0]?.body.length, 1_000_000);
  t.is(seen[0]?.headers["content-type"], "application/gzip");
  t.is(seen[0]?.headers.accept, "application/x-ndjson");
});

test("refresh() throws when the response ends without a result", async (t) => {
  const { client } = await connect(t, (_request, response) => {
    response.end('{"type":"output","text":"a"}\n');
  });
  const error = await t.throwsAsync(all(client.refresh("sum")), { instanceOf: ClientError });
  t.is(error.code, "unreachable");
});
