import { once } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import test, { type ExecutionContext } from "ava";
import { ConnectionLimit } from "../../src/http/connection-limit.ts";
import { listen } from "../../src/server.ts";

const MOST = 3;

/** A server that takes three connections, answers `/now` at once, and `/held` when `release()` is called. */
async function limited(t: ExecutionContext) {
  const fulls: number[] = [];
  const held: ServerResponse[] = [];
  const handler: RequestListener = (request, response) => {
    if (request.url === "/held") held.push(response);
    else response.end("answered");
  };
  const connections = new ConnectionLimit({ most: MOST, onFull: () => fulls.push(1) });
  const server = await listen(handler, { host: "127.0.0.1", port: 0, connections });
  const sockets: Socket[] = [];
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await server.stop(0);
  });
  const open = async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };
  const release = () => {
    for (const response of held.splice(0)) response.end("held");
  };
  return { open, held, release, full: () => fulls.length };
}

function send(socket: Socket, path: string): void {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
}

async function answer(socket: Socket, path: string): Promise<string> {
  send(socket, path);
  const [bytes] = (await once(socket, "data")) as [Buffer];
  return bytes.toString();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("ConnectionLimit replaces the connection that has been idle longest with a new one", async (t) => {
  const { open, full } = await limited(t);
  // The first was never used, the second was, and is idle again.
  const [first, second, third] = [await open(), await open(), await open()];
  t.regex(await answer(third, "/now"), /answered$/);
  t.regex(await answer(second, "/now"), /answered$/);
  const closed = once(first, "close");
  const fourth = await open();
  t.regex(await answer(fourth, "/now"), /answered$/);
  await closed;
  const next = once(third, "close");
  t.regex(await answer(await open(), "/now"), /answered$/);
  await next;
  t.regex(await answer(second, "/now"), /answered$/);
  t.is(full(), 0);
});

test("ConnectionLimit keeps connections in the middle of a request, and answers a new one with 503", async (t) => {
  const { open, held, release, full } = await limited(t);
  const busy = [await open(), await open(), await open()];
  for (const socket of busy) send(socket, "/held");
  await until(() => held.length === MOST);
  const refused = await open();
  const text = await answer(refused, "/now");
  t.regex(text, /^HTTP\/1\.1 503 /);
  t.regex(text, /retry-after: 1\r\n/i);
  t.is(JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4)).code, "unavailable");
  await once(refused, "close");
  t.is(full(), 1);
  const answered = Promise.all(busy.map((socket) => once(socket, "data")));
  release();
  t.true((await answered).every(([bytes]) => String(bytes).endsWith("held")));
  t.regex(await answer(await open(), "/now"), /answered$/);
});

test("ConnectionLimit serves a refused connection once there is room", async (t) => {
  const { open, held, release } = await limited(t);
  for (const socket of [await open(), await open(), await open()]) send(socket, "/held");
  await until(() => held.length === MOST);
  const waiting = await open();
  const [response] = held;
  const socket = response?.socket;
  socket?.destroy();
  await until(() => socket?.closed === true);
  t.regex(await answer(waiting, "/now"), /answered$/);
  release();
});

test("ConnectionLimit closes new connections at once when too many wait for a 503", async (t) => {
  const { open, held, full } = await limited(t);
  for (const socket of [await open(), await open(), await open()]) send(socket, "/held");
  await until(() => held.length === MOST);
  const beyond = await Promise.all(Array.from({ length: 20 }, open));
  for (const socket of beyond) socket.resume();
  const closed = () => beyond.filter((socket) => socket.readableEnded || socket.closed).length;
  await until(() => closed() === 12);
  t.is(full(), 12);
});
