import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BatchServiceError, clientException } from "./service-error.ts";
import { isMembers, type Members } from "./wire.ts";

/** A handler's answer; `dropped` closes the connection without an answer. */
export type Answer = Members | "dropped";

export interface BatchRequest {
  readonly path: string;
  readonly body: Members;
  readonly bodyBytes: number;
}

export interface HttpServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The REST-JSON protocol of AWS Batch on loopback: every operation is a POST with a JSON body. */
export async function startHttpServer(
  port: number,
  handle: (request: BatchRequest) => Answer,
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(request, response, handle).catch(() => response.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: BatchRequest) => Answer,
): Promise<void> {
  response.setHeader("content-type", "application/json");
  response.setHeader("x-amzn-requestid", randomUUID());
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const path = request.method === "POST" ? (request.url ?? "") : `${request.method} ${request.url}`;
    const answered = handle({ path, body: parseBody(bytes), bodyBytes: bytes.length });
    if (answered === "dropped") response.destroy();
    else response.end(JSON.stringify(answered));
  } catch (error) {
    const known =
      error instanceof BatchServiceError ? error : new BatchServiceError("ServerException", String(error));
    response.statusCode = known.httpStatus;
    response.setHeader("x-amzn-errortype", known.type);
    response.end(JSON.stringify({ message: known.message }));
  }
}

function parseBody(bytes: Buffer): Members {
  if (bytes.length === 0) return {};
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString());
  } catch {
    throw clientException("Could not parse request body into json");
  }
  if (!isMembers(body)) throw clientException("The request body must be an object");
  return body;
}
