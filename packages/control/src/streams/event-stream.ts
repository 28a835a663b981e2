import { PassThrough } from "node:stream";
import type { RequestContext } from "../http/types.ts";

/** Comment lines keep proxies from closing an idle stream, and find clients that are gone. */
const HEARTBEAT_MS = 15_000;
const CHUNK_CHARACTERS = 64 * 1024;
const EVENT_STREAM = "text/event-stream";

/** Server-sent events to one client. */
export interface EventStream {
  /** Sends one event; JSON in its data. Resolves when the client may be sent more. */
  send(event: string, data: unknown, options?: { readonly id?: string }): Promise<void>;
  end(): void;
  /** Aborts when the stream has ended, whoever ended it. */
  readonly signal: AbortSignal;
}

/** Answers a `HEAD`, which asks what the stream would be: it would never end by itself. True when it did. */
export function answerHead(ctx: RequestContext): boolean {
  if (ctx.method !== "HEAD") return false;
  ctx.set("Content-Type", EVENT_STREAM);
  ctx.status = 200;
  return true;
}

/** Makes the answer a stream of server-sent events. `stopping` ends it, so that a stop of the service need not wait. */
export function openEventStream(ctx: RequestContext, stopping: AbortSignal): EventStream {
  const body = new PassThrough();
  const ended = new AbortController();
  const heartbeat = setInterval(() => body.write(": heartbeat\n\n"), HEARTBEAT_MS);
  heartbeat.unref();
  // Events of one turn of the event loop go in one piece: 10,000 writes a second would cost more than the events.
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
  // Sent at once: a client learns that the stream is open before the first event.
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

/** Resolves when the client has taken what was written, or is gone. */
async function drained(body: PassThrough): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      body.off("drain", done).off("close", done);
      resolve();
    };
    body.on("drain", done).on("close", done);
  });
}
