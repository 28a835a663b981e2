import { delay } from "./delay.ts";

const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 250;
/** A service may ask for more time, but a single pause is never longer than this. */
const LONGEST_PAUSE_MS = 5_000;
/** Node's codes for a connection that was closed before an answer. */
const CUT: ReadonlySet<unknown> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/**
 * Sends a request and retries it if the service did nothing and asks for a retry (503 with `Retry-After`), or if it
 * closed the connection without an answer and the request is read-only or idempotent by its key. A streamed body is
 * sent only once.
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
    // Jitter, so that rejected clients do not all return at once.
    await delay(Math.min(pauseMs, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 4), request.signal);
    request = again;
  }
}

/** Text bodies can be sent again. Readiness checks are not retried here, as their callers repeat them. */
function mayRepeat(request: Request): boolean {
  const isText = request.body === null || /json/.test(request.headers.get("content-type") ?? "");
  return isText && !new URL(request.url).pathname.endsWith("/readyz");
}

/** Log followers are excluded: they reconnect themselves, and report lost connections. */
function isSafe({ method, url, headers }: Request): boolean {
  if (headers.has("idempotency-key")) return true;
  return method === "GET" && !new URL(url).searchParams.has("follow");
}

function innermostCode(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return (inner as { code?: unknown }).code;
}
