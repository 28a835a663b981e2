import { type Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { answerHeaders, requestHeaders } from "./headers.ts";
import type { Target } from "./service.ts";

/** One request of a client's, on its way. */
export interface Exchange extends Target {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: URL;
  readonly agent: Agent;
  /** Called as the request goes out, with its body where that was read before. */
  readonly onForward: (exchange: Exchange, body: Buffer | undefined) => void;
}

/**
 * Forwards the request and gives the head of the answer. The body streams, unless another is given in its place. A
 * client that goes away ends the request here, too.
 */
export function forward(exchange: Exchange, body?: Buffer): Promise<IncomingMessage> {
  const { request, response, upstream, agent } = exchange;
  if (response.destroyed) return Promise.reject(new Error("The client went away"));
  exchange.onForward(exchange, body);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      agent,
      host: upstream.hostname,
      port: upstream.port || 80,
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: requestHeaders(request, body),
    });
    const abandon = () => {
      if (!response.writableFinished) outgoing.destroy(new Error("The client went away"));
    };
    response.once("close", abandon);
    outgoing.once("response", (answer) => {
      // Whoever reads it sees the error; while it is held back nobody does.
      answer.on("error", () => {});
      resolve(answer);
    });
    outgoing.on("error", reject);
    if (body !== undefined) outgoing.end(body);
    else request.pipe(outgoing);
  });
}

/** Answers as the service did, streaming. */
export async function relay({ response }: Exchange, answer: IncomingMessage): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", answerHeaders(answer));
  await pipeline(answer, response);
}

/** Answers as the service did, with another body. */
export function relayBody({ response }: Exchange, answer: IncomingMessage, body: Buffer): void {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", answerHeaders(answer, body));
  response.end(body);
}

export interface OwnAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers in the service's place. The request is to have been read. */
export function answerWith({ response }: Exchange, { status, headers, body }: OwnAnswer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** @throws when the connection ends before the body */
export async function readAll(body: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads to the end without keeping anything. */
export async function drain(body: IncomingMessage): Promise<void> {
  for await (const _ of body);
}
