import createClient from "openapi-fetch";
import { ClientError, responseError } from "./client-error.ts";
import { createOperations, type Operations } from "./generated/operations.ts";
import type { paths } from "./generated/schema.ts";
import { tryAgain } from "./try-again.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, and the streams that it gave. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the service is and how to be let in. */
export interface ClientOptions {
  /** Base URL, such as `http://127.0.0.1:8080`; on a page that the service itself serves, `/`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; absent: nothing is sent, and a browser's cookie counts. */
  readonly token?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * The operations of the service at `base`. Their answers are successes, with the body still to be read; what else
 * happens is thrown. @throws {ClientError}
 */
export function connect(base: URL, { token, headers, fetch: doFetch }: ClientOptions): Operations {
  return createOperations(
    createClient<paths>({
      baseUrl: base.href,
      redirect: "error",
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      pathSerializer: fillPath,
      // Called through a function: browsers refuse a fetch that is called as a method of something else.
      fetch: (request) => answered(request, { base, doFetch: doFetch ?? ((input) => fetch(input)) }),
    }),
  );
}

/**
 * Node ends the body of an answer by the signal of its request, which follows the caller's only while someone holds
 * the request: whoever reads the answer does.
 */
const requests = new WeakMap<Response, readonly Request[]>();

async function answered(
  request: Request,
  { base, doFetch }: { readonly base: URL; readonly doFetch: typeof fetch },
): Promise<Response> {
  // What is sent again is a copy, which follows the signal of the first.
  const send = async (sent: Request) => {
    const response = await doFetch(sent);
    requests.set(response, [request, sent]);
    return response;
  };
  let response: Response;
  try {
    response = await tryAgain(request, send);
  } catch (error) {
    throw request.signal.aborted ? request.signal.reason : unreachable(base, error);
  }
  if (response.ok) return response;
  throw await responseError(response);
}

/** The service's address. @throws {TypeError} when it is none */
export function parseBase(url: string): URL {
  // On a page, addresses may be relative to it.
  const page = (globalThis as { location?: { readonly href: string } }).location?.href;
  const base = URL.parse(url, page);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new TypeError(`Cannot use "${url}" as the service's address: expected an http:// or https:// URL`);
  }
  return base;
}

/** Fills in a path's parameters; an endpoint may have several segments, as in Cortex. */
function fillPath(pattern: string, parameters: Readonly<Record<string, unknown>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const segments = String(parameters[name]).split("/");
    return segments.filter(Boolean).map(encodeURIComponent).join("/");
  });
}

/** The error of a service that gave no answer, or stopped in the middle of one. */
export function unreachable(base: URL | string, cause: unknown): ClientError {
  const address = String(base).replace(/\/$/, "");
  return new ClientError("unreachable", `Cannot reach the service at ${address}: ${rootMessage(cause)}`, {
    cause,
  });
}

/** The innermost cause says what happened; fetch itself says only "fetch failed". */
function rootMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError && inner.errors[0] instanceof Error) inner = inner.errors[0];
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
