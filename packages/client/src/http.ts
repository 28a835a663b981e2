import { ClientError, responseError } from "./client-error.ts";
import { type AnswerOf, OPERATIONS, type OperationId, type PlaceOf } from "./operations.ts";
import { type RequestParts, requestOf } from "./request.ts";
import { tryAgain } from "./try-again.ts";

/** Options that every call takes. */
export interface CallOptions {
  /** Aborts the call and the streams that it returned. */
  readonly signal?: AbortSignal | undefined;
}

/** The service's address and credentials. */
export interface ClientOptions {
  /** Base URL, such as `http://127.0.0.1:8080`; on a page served by the service itself, `/`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; without it, a browser's cookie is used. */
  readonly token?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch | undefined;
}

/** A response whose body is still unread: our own readers tell a lost connection from an invalid answer. */
export interface Answer<Value> extends Response {
  /** The value of the body, or of each of its lines. */
  json(): Promise<Value>;
}

/** Calls an operation and returns a successful response. @throws {ClientError} for anything else */
export type Call = <Id extends OperationId>(
  id: Id,
  request: PlaceOf<Id> & Omit<RequestParts, "path" | "query">,
) => Promise<Answer<AnswerOf<Id>>>;

/** The operations of the service at `base`. */
export function connect(base: URL, { token, headers, fetch: doFetch }: ClientOptions): Call {
  const everywhere = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers };
  // Wrapped in a function: browsers reject a `fetch` that is called as another object's method.
  const send: typeof fetch = doFetch ?? ((input) => fetch(input));
  return async <Id extends OperationId>(id: Id, parts: RequestParts) => {
    const request = requestOf(base, OPERATIONS[id], {
      ...parts,
      headers: { ...everywhere, ...parts.headers },
    });
    return answered<AnswerOf<Id>>(request, { base, doFetch: send });
  };
}

/**
 * In Node, the caller's signal ends a response body only while the request is referenced, so readers of the response
 * keep a reference to it.
 */
const requests = new WeakMap<Response, readonly Request[]>();

async function answered<Value>(
  request: Request,
  { base, doFetch }: { readonly base: URL; readonly doFetch: typeof fetch },
): Promise<Answer<Value>> {
  // A retry sends a copy, which follows the first request's signal.
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
  if (response.ok) return response as Answer<Value>;
  throw await responseError(response);
}

/** Parses the service's address. @throws {TypeError} when it is invalid */
export function parseBase(url: string): URL {
  // On a page, addresses may be relative to it.
  const page = (globalThis as { location?: { readonly href: string } }).location?.href;
  const base = URL.parse(url, page);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new TypeError(`Cannot use "${url}" as the service's address: expected an http:// or https:// URL`);
  }
  return base;
}

/** The error for a service that gave no answer, or stopped in the middle of one. */
export function unreachable(base: URL | string, cause: unknown): ClientError {
  const address = String(base).replace(/\/$/, "");
  return new ClientError("unreachable", `Cannot reach the service at ${address}: ${rootMessage(cause)}`, {
    cause,
  });
}

/** The innermost cause says what happened; fetch itself only says "fetch failed". */
function rootMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError && inner.errors[0] instanceof Error) inner = inner.errors[0];
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
