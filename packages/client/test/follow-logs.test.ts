import type { ServerResponse } from "node:http";
import test from "ava";
import { ClientError, MillraceClient } from "../src/mod.ts";
import { fakeService, type SeenRequest, sendJson } from "./fake-service.ts";

type Connection = (response: ServerResponse, request: SeenRequest) => void;

const log = (id: string) => `id: ${id}\nevent: log\ndata: {"text":"${id}"}\n\n`;
const end = 'event: end\ndata: {"status":"succeeded"}\n\n';

/** A service whose connections go one after the other as told; the last way is kept. */
function inTurn(...connections: readonly Connection[]) {
  let count = 0;
  return (request: SeenRequest, response: ServerResponse) => {
    const connection = connections[Math.min(count, connections.length - 1)];
    count += 1;
    connection?.(response, request);
  };
}

const stream =
  (text: string, after: (response: ServerResponse) => void = (response) => response.end()): Connection =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`: open\n\n${text}`, () => after(response));
  };

test("followLogs() resumes after the last line of each worker, however the connection was lost", async (t) => {
  const { url, seen } = await fakeService(
    t,
    inTurn(
      stream(log("s:10") + log("0:5") + log("1:aa.b_c") + log("0:17")),
      stream(`${log("0:20")}id: 0:99\nevent: log\ndata: {"te`, (response) => response.destroy()),
      (response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>"),
      (response) => response.destroy(),
      (response) =>
        sendJson(response, { code: "unavailable", detail: "Cannot answer: it starts", status: 503 }, 503),
      // Silent, and left open: it is given up.
      stream(log("1:ab"), () => {}),
      stream(log("0:99") + end),
    ),
  );
  const lost: unknown[] = [];
  const texts: string[] = [];
  const options = { follow: true, silenceMs: 300, workers: [0, 1], onLost: (why: unknown) => lost.push(why) };
  for await (const { text } of new MillraceClient({ url, token: "x" }).logs("sum", "j", options))
    texts.push(text);
  t.deepEqual(texts, ["s:10", "0:5", "1:aa.b_c", "0:17", "0:20", "1:ab", "0:99"]);
  t.deepEqual(
    seen.map(({ headers }) => headers["last-event-id"]),
    [
      undefined,
      "s:10,0:17,1:aa.b_c",
      "s:10,0:20,1:aa.b_c",
      "s:10,0:20,1:aa.b_c",
      "s:10,0:20,1:aa.b_c",
      "s:10,0:20,1:aa.b_c",
      "s:10,0:20,1:ab",
    ],
  );
  t.true(seen.every((request) => request.url === "/sum/j/logs?worker=0&worker=1&follow=true"));
  t.is(lost.length, 6);
});

test("followLogs() resumes after the positions where a tail started, also for workers without a line", async (t) => {
  const { url, seen } = await fakeService(
    t,
    inTurn(
      (response) => response.destroy(),
      stream(`event: positions\ndata: {"positions":["0:5","1:7"]}\n\n${log("1:9")}`),
      stream(log("0:6") + end),
    ),
  );
  const texts: string[] = [];
  const client = new MillraceClient({ url });
  await t.throwsAsync(Array.fromAsync(client.logs("sum", "j", { follow: true, tail: 1 })), {
    message: /Cannot reach/,
  });
  for await (const { text } of client.logs("sum", "j", { follow: true, tail: 1 })) texts.push(text);
  t.deepEqual(texts, ["1:9", "0:6"]);
  t.deepEqual(
    seen.map((request) => [request.url, request.headers["last-event-id"]]),
    [
      ["/sum/j/logs?tail=1&follow=true", undefined],
      ["/sum/j/logs?tail=1&follow=true", undefined],
      ["/sum/j/logs?follow=true", "0:5,1:9"],
    ],
  );
});

test("followLogs() throws permanent errors at once, and temporary ones that last too long", async (t) => {
  const problem = { code: "job_not_found", detail: "Cannot find job", status: 404 };
  const gone = await fakeService(
    t,
    inTurn(stream(log("0:5")), (response) => sendJson(response, problem, 404)),
  );
  const follow = (url: string, awayMs: number) =>
    Array.fromAsync(new MillraceClient({ url }).logs("sum", "j", { follow: true, awayMs }));
  const refused = await t.throwsAsync(follow(gone.url, 60_000), { instanceOf: ClientError });
  t.is(refused.code, "job_not_found");
  t.is(gone.seen.length, 2);
  const away = await fakeService(
    t,
    inTurn(stream(log("0:5")), (response) => response.destroy()),
  );
  const stayedAway = await t.throwsAsync(follow(away.url, 3_000), { instanceOf: ClientError });
  t.is(stayedAway.code, "unreachable");
  t.true(away.seen.length > 2);
});

test("followLogs() does not mistake a slow reader for silence", async (t) => {
  const { url, seen } = await fakeService(t, inTurn(stream(log("0:1") + log("0:2") + end)));
  const texts: string[] = [];
  for await (const { text } of new MillraceClient({ url }).logs("sum", "j", {
    follow: true,
    silenceMs: 1_500,
  })) {
    texts.push(text);
    await new Promise((resolve) => setTimeout(resolve, 3_500));
  }
  t.deepEqual(texts, ["0:1", "0:2"]);
  t.is(seen.length, 1);
});
