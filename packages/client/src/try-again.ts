import { delay } from "./delay.ts";

const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 250;
/** A service may ask for more time; who waits for an answer does not wait longer than this at once. */
const LONGEST_PAUSE_MS = 5_000;
/** Codes of Node for a connection that was closed before there was an answer. */
const CUT: ReadonlySet<unknown> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/**
 * Sends a request, again where the service has said that it did nothing of it and may be asked again (503 with
 * `Retry-After`), or where it closed the connection without an answer to a request that changes nothing, or is done once by its key. A body that
 * is a stream is sent once.
 */
export async function tryAgain(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const again = tries < MAX_TRIES && mayRepeat(request) ? request.clone() : undefined;
    let pauseMs = FIRST_PAUSE_MS * 2 ** (tries - 1);
    try {
      const response = await send(request);
      const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
      if (!again || response.status !== 503 || !(seconds >= 0)) return response;
      await response.body?.cancel();
      pauseMs = Math.max(pauseMs, seconds * 1_000);
    } catch (error) {
      const wasCut = CUT.has(innermostCode(error)) && !request.signal.aborted;
      if (!again || !wasCut || !isSafe(request)) throw error;
    }
    // Jitter, so that all who were refused do not come back at once.
    await delay(Math.min(pauseMs, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 4), request.signal);
    request = again;
  }
}

/** Bodies of text are kept by whoever sends them; whether the service is ready is asked again by whoever waits for it. */
function mayRepeat(request: Request): boolean {
  const isText = request.body === null || /json/.test(request.headers.get("content-type") ?? "");
  return isText && !new URL(request.url).pathname.endsWith("/readyz");
}

/** Whoever follows a log sees to its connection, and tells that it was lost. */
function isSafe({ method, url, headers }: Request): boolean {
  if (headers.has("idempotency-key")) return true;
  return method === "GET" && !new URL(url).searchParams.has("follow");
}

function innermostCode(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return (inner as { code?: unknown }).code;
}
