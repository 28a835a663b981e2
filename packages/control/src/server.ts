import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MillraceError } from "@millrace/core";
import type { ConnectionLimit } from "./http/connection-limit.ts";

const CLOSE_IDLE_MS = 50;
/**
 * Longer than load balancers keep connections (300 s in our stack): if we close one just as it is reused, the client
 * gets a 502.
 */
const KEEP_ALIVE_MS = 310_000;
/** `Last-Event-ID` of a followed log has up to 50 characters for each of up to 10,000 workers of a job. */
const MAX_HEADER_BYTES = 512 * 1024;

/** How long a client may take to send a request. */
export interface ReceiveLimits {
  /** For the headers. Node does not limit this when it has no limit for the whole request. */
  readonly headersMs: number;
  /** For the whole request: an archive of 512 MiB within this time needs 150 KB/s. */
  readonly requestMs: number;
  /** How often connections are checked. */
  readonly checkMs: number;
}

export const RECEIVE_LIMITS: ReceiveLimits = { headersMs: 60_000, requestMs: 3_600_000, checkMs: 10_000 };

/** A listening HTTP server. */
export interface HttpServer {
  /** `http://host:port` */
  readonly url: string;
  /** Stops accepting connections, lets open requests finish for `deadlineMs`, then closes them. Idempotent. */
  stop(deadlineMs: number): Promise<void>;
}

/**
 * Starts to listen. @throws {MillraceError} conflict when the port is in use, invalid_config when the host is not local
 */
export async function listen(
  handler: RequestListener,
  options: {
    readonly host: string;
    readonly port: number;
    /** @default RECEIVE_LIMITS */
    readonly receive?: ReceiveLimits;
    /** @default no limit */
    readonly connections?: ConnectionLimit | undefined;
  },
): Promise<HttpServer> {
  const { connections } = options;
  const { headersMs, requestMs, checkMs } = options.receive ?? RECEIVE_LIMITS;
  const server = createServer(
    {
      // A client that sends a byte now and then, even without a token, must not keep connections forever.
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    connections?.guard(handler) ?? handler,
  );
  connections?.watch(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, options)));
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  let stopping: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    stop(deadlineMs) {
      stopping ??= closeServer(server, deadlineMs);
      return stopping;
    },
  };
}

/** A single `closeIdleConnections` is not enough: connections become idle later, when their request is done. */
function closeServer(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function listenError(
  cause: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): MillraceError {
  if (cause.code === "EADDRINUSE") {
    return new MillraceError(
      "conflict",
      `Cannot listen on port ${port}: it is in use; choose another with MILLRACE_PORT or --port (0 takes any free one)`,
      { cause, details: { field: "MILLRACE_PORT", port } },
    );
  }
  if (cause.code === "EACCES") {
    return new MillraceError(
      "invalid_config",
      `Cannot listen on port ${port}: not permitted; choose one above 1023 with MILLRACE_PORT or --port`,
      { cause, details: { field: "MILLRACE_PORT", port } },
    );
  }
  return new MillraceError(
    "invalid_config",
    `Cannot listen on host "${host}": ${cause.message}; choose an address of this machine with MILLRACE_HOST`,
    { cause, details: { field: "MILLRACE_HOST" } },
  );
}
