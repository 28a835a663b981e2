import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type Exchange, forward, relay } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import { answerHeaders } from "./headers.ts";

/** Sends half of an object, then nothing. An answer without a body, or an error, is passed on unchanged. */
export async function cutBody(exchange: Exchange, fault: Fault): Promise<void> {
  const { response } = exchange;
  const answer = await forward(exchange);
  const bytes = Number(answer.headers["content-length"] ?? 0);
  const isObject = answer.statusCode === 200 || answer.statusCode === 206;
  if (!isObject || bytes === 0) {
    await relay(exchange, answer);
    return;
  }
  fault.done();
  response.writeHead(answer.statusCode ?? 200, answerHeaders(answer));
  response.flushHeaders();
  let left = Math.floor(bytes / 2);
  for await (const chunk of answer) {
    const part = (chunk as Buffer).subarray(0, left);
    left -= part.length;
    await written(response, part);
    if (left === 0) break;
  }
  response.destroy();
}

/** Waits until the kernel has it: data not yet written is lost with the connection. */
async function written(response: ServerResponse, part: Buffer): Promise<void> {
  if (part.length === 0) return;
  await Promise.race([
    new Promise<void>((resolve) => response.write(part, () => resolve())),
    once(response, "close"),
  ]);
}
