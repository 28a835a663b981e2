import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { ClientError, MillraceClient } from "../src/mod.ts";
import { fakeService, type Handler, sendJson } from "./fake-service.ts";

const ITEMS = { workers: 1, item_list: { items: [1], batch_size: 1 } };
const PROBLEM = { code: "unavailable", detail: "Cannot take the request: no room", status: 503 };

async function connect(t: ExecutionContext, handler: Handler) {
  const { url, seen } = await fakeService(t, handler);
  return { client: new MillraceClient({ url }), seen };
}

function refuse(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = { "retry-after": "0" },
): void {
  response.writeHead(503, { "content-type": "application/problem+json", ...headers });
  response.end(JSON.stringify(PROBLEM));
}

test("a call that is refused because the service is full is sent again, with its body", async (t) => {
  const { client, seen } = await connect(t, (_request, response) => {
    if (seen.length < 3) refuse(response);
    else sendJson(response, { job_id: "j" });
  });
  t.is((await client.submit("sum", ITEMS)).job_id, "j");
  t.is(seen.length, 3);
  t.deepEqual(
    seen.map(({ method, body }) => [method, JSON.parse(body.toString())]),
    Array(3).fill(["POST", ITEMS]),
  );
});

test("a call that is refused repeatedly throws the service's error", async (t) => {
  const { client, seen } = await connect(t, (_request, response) => refuse(response));
  const error = await t.throwsAsync(client.apis(), { instanceOf: ClientError });
  t.is(error.code, "unavailable");
  t.is(seen.length, 5);
});

test("a call is sent once unless the service asks for a retry", async (t) => {
  const { client, seen } = await connect(t, (request, response) => {
    if (request.url === "/readyz") refuse(response);
    else refuse(response, {});
  });
  t.false(await client.ready());
  await t.throwsAsync(client.apis(), { instanceOf: ClientError });
  await t.throwsAsync(client.deploy("a", "archive", { config: "c" }).next(), { instanceOf: ClientError });
  t.deepEqual(
    seen.map(({ url }) => url),
    ["/readyz", "/apis", "/apis/a?config=c"],
  );
});

/** A service that closes the first connections without a word. */
async function closing(t: ExecutionContext, times: number) {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    if (calls <= times) request.socket.destroy();
    else sendJson(response, { apis: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { client: new MillraceClient({ url: `http://127.0.0.1:${port}` }), calls: () => calls };
}

test("a call that changes nothing is sent again when the connection closes before a response", async (t) => {
  const { client, calls } = await closing(t, 2);
  t.deepEqual((await client.apis()).apis, []);
  t.is(calls(), 3);
});

test("a submission is sent again with the same key when the connection closes before a response", async (t) => {
  const { client, seen } = await connect(t, (_request, response) => {
    if (seen.length < 3) response.socket?.destroy();
    else sendJson(response, { job_id: "j" });
  });
  await client.submit("sum", ITEMS);
  await client.submit("sum", ITEMS);
  const keys = seen.map(({ headers }) => headers["idempotency-key"]);
  t.is(keys.length, 4);
  t.truthy(keys[0]);
  t.deepEqual([keys[1], keys[2]], [keys[0], keys[0]]);
  t.not(keys[3], keys[0], "another submission is another job");
});

test("a call that changes something is not sent again when the connection closes before a response", async (t) => {
  const { client, calls } = await closing(t, 9);
  const error = await t.throwsAsync(client.stop("sum", "j"), { instanceOf: ClientError });
  t.is(error.code, "unreachable");
  t.is(calls(), 1);
});

test("a call that waits for its retry ends by its signal", async (t) => {
  const { client, seen } = await connect(t, (_request, response) =>
    refuse(response, { "retry-after": "60" }),
  );
  const abort = new AbortController();
  const called = client.apis({ signal: abort.signal });
  while (seen.length === 0) await new Promise(setImmediate);
  abort.abort(new Error("enough"));
  await t.throwsAsync(called, { message: "enough" });
});
