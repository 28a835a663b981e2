import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { consumeBody } from "../../src/http/read-body.ts";

const LIMIT = { limitBytes: 1_000, wayOut: "send less" };

/** A request whose client has gone away after these bytes of its body, and whose end is over. */
async function abandoned(t: ExecutionContext, sent: string, announced: number): Promise<IncomingMessage> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const client = request({ port, method: "PUT", headers: { "content-length": announced } });
  client.on("error", () => {});
  client.write(sent);
  const [received] = (await once(server, "request")) as [IncomingMessage];
  const closed = once(received, "close").catch(() => {});
  received.on("error", () => {});
  client.destroy();
  await closed;
  return received;
}

test("consumeBody() rejects when the client went away before anybody listened", async (t) => {
  const received = await abandoned(t, "half", 100);
  const error = await t.throwsAsync(consumeBody(received, LIMIT, () => t.fail()));
  t.regex(error.message, /the client closed the connection/);
});
