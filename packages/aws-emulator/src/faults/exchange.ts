import { type Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { answerHeaders, requestHeaders } from "./headers.ts";
import type { Target } from "./service.ts";

/** One client request in progress. */
export interface Exchange extends Target {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: URL;
  readonly agent: Agent;
  /** Called when the request is forwarded, with its body if that was already read. */
  readonly onForward: (exchange: Exchange, body: Buffer | undefined) => void;
}

/**
 * Forwards the request and returns the answer's head. The body is streamed, unless a replacement is given. If the
 * client disconnects, the forwarded request is aborted.
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
      // A reader sees the error itself; while the answer is held back, nobody reads it.
      answer.on("error", () => {});
      resolve(answer);
    });
    outgoing.on("error", reject);
    if (body !== undefined) outgoing.end(body);
    else request.pipe(outgoing);
  });
}

/** Streams the service's answer to the client. */
export async function relay({ response }: Exchange, answer: IncomingMessage): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", answerHeaders(answer));
  await pipeline(answer, response);
}

/** Sends the service's answer with another body. */
export function relayBody({ response }: Exchange, answer: IncomingMessage, body: Buffer): void {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", answerHeaders(answer, body));
  response.end(body);
}

export interface OwnAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers instead of the service. The request must have been read. */
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

/** Reads to the end and discards the data. */
export async function drain(body: IncomingMessage): Promise<void> {
  for await (const _ of body);
}
