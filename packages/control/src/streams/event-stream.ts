import { PassThrough } from "node:stream";
import type { RequestContext } from "../http/types.ts";

/** Comment lines keep proxies from closing an idle stream, and detect clients that have disconnected. */
const HEARTBEAT_MS = 15_000;
const CHUNK_CHARACTERS = 64 * 1024;
const EVENT_STREAM = "text/event-stream";

/** Server-sent events for one client. */
export interface EventStream {
  /** Sends one event with JSON data. Resolves when the client can accept more. */
  send(event: string, data: unknown, options?: { readonly id?: string }): Promise<void>;
  end(): void;
  /** Aborts when the stream has ended, for any reason. */
  readonly signal: AbortSignal;
}

/** Responds to a `HEAD` request, since the stream itself would never end. True if it did. */
export function answerHead(ctx: RequestContext): boolean {
  if (ctx.method !== "HEAD") return false;
  ctx.set("Content-Type", EVENT_STREAM);
  ctx.status = 200;
  return true;
}

/**
 * Turns the response into a stream of server-sent events. `stopping` ends it, so that a stop of the service need not
 * wait.
 */
export function openEventStream(ctx: RequestContext, stopping: AbortSignal): EventStream {
  const body = new PassThrough();
  const ended = new AbortController();
  const heartbeat = setInterval(() => body.write(": heartbeat\n\n"), HEARTBEAT_MS);
  heartbeat.unref();
  // Events of one event-loop turn are sent in one write: 10,000 writes a second would cost more than the events.
  let held = "";
  const flush = () => {
    if (held !== "" && !body.writableEnded) body.write(held);
    held = "";
  };
  const end = () => {
    flush();
    body.end();
  };
  body.once("close", () => {
    clearInterval(heartbeat);
    stopping.removeEventListener("abort", end);
    ended.abort();
  });
  stopping.addEventListener("abort", end, { once: true });
  // Not `ctx.type`: it would add a charset, which this type does not have.
  ctx.set("Content-Type", EVENT_STREAM);
  ctx.set("Cache-Control", "no-cache");
  ctx.set("X-Accel-Buffering", "no");
  ctx.body = body;
  ctx.res.setTimeout(0);
  // Sent immediately, so that a client knows the stream is open before the first event.
  body.write(": open\n\n");
  if (stopping.aborted) end();
  return {
    async send(event, data, { id } = {}) {
      if (body.writableNeedDrain) await drained(body);
      if (body.writableEnded || body.destroyed) return;
      if (held === "") setImmediate(flush);
      held += `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      if (held.length >= CHUNK_CHARACTERS) flush();
    },
    end,
    signal: ended.signal,
  };
}

/** Resolves when the client has read what was written, or has disconnected. */
async function drained(body: PassThrough): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      body.off("drain", done).off("close", done);
      resolve();
    };
    body.on("drain", done).on("close", done);
  });
}
