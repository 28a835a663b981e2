import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MillraceError } from "@millrace/core";
import { ulid } from "ulid";
import { problemView } from "./problem-view.ts";

/** This many connections above the limit get a 503; any more are closed at once. */
const TOLD = 8;

/**
 * Limits a server's connections. At the limit, a new connection replaces the one that has been idle longest; if all are
 * in the middle of a request, the new one gets a 503, and clients retry.
 */
export class ConnectionLimit {
  readonly #most: number;
  readonly #onFull: () => void;
  /** Open connections, each with the number of requests being processed. */
  readonly #requests = new Map<Socket, number>();
  /** Connections above the limit. */
  readonly #beyond = new Set<Socket>();
  /** Connections within the limit that have no request; the one that has been idle longest comes first. */
  readonly #idle = new Set<Socket>();

  constructor({ most, onFull }: { readonly most: number; readonly onFull: () => void }) {
    this.#most = most;
    this.#onFull = onFull;
  }

  /** Watches the connections of a server that is not listening yet. */
  watch(server: Server): void {
    server.maxConnections = this.#most + TOLD;
    server.on("drop", () => this.#onFull());
    server.on("connection", (socket: Socket) => {
      const hasRoom = this.#hasRoom() || this.#closeIdle();
      this.#requests.set(socket, 0);
      (hasRoom ? this.#idle : this.#beyond).add(socket);
      socket.once("close", () => this.#forget(socket));
    });
  }

  /** Wraps a request listener so that it rejects requests on connections above the limit. */
  guard(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      if (this.#hasRoom()) this.#beyond.delete(socket);
      this.#count(socket, 1);
      response.once("close", () => this.#count(socket, -1));
      if (!this.#beyond.has(socket)) return listener(request, response);
      this.#onFull();
      return refuse(request, response);
    };
  }

  #hasRoom(): boolean {
    return this.#requests.size - this.#beyond.size < this.#most;
  }

  /** Closes the connection that has been idle longest; false when there is none. */
  #closeIdle(): boolean {
    for (const oldest of this.#idle) {
      this.#forget(oldest);
      oldest.destroy();
      return true;
    }
    return false;
  }

  #count(socket: Socket, more: number): void {
    const before = this.#requests.get(socket);
    if (before === undefined) return;
    this.#requests.set(socket, before + more);
    if (before + more > 0) this.#idle.delete(socket);
    else if (!this.#beyond.has(socket)) this.#idle.add(socket);
  }

  #forget(socket: Socket): void {
    this.#requests.delete(socket);
    this.#idle.delete(socket);
    this.#beyond.delete(socket);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  const error = new MillraceError(
    "unavailable",
    "Cannot take the request: the service has reached its limit of connections; try again",
  );
  const problem = problemView(error, ulid());
  const body = JSON.stringify(problem);
  // A client that is still sending must not be disconnected before it has read the response.
  request.resume();
  response.writeHead(problem.status, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    "retry-after": "1",
    "x-request-id": problem.request_id,
    connection: "close",
  });
  response.end(body);
}
