import { ClientError, responseError } from "./client-error.ts";
import { type AnswerOf, OPERATIONS, type OperationId, type PlaceOf } from "./operations.ts";
import { type RequestParts, requestOf } from "./request.ts";
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

/** The body is still to be read: readers of our own tell a lost connection from a wrong answer. */
export interface Answer<Value> extends Response {
  /** What is in it, or on each of its lines. */
  json(): Promise<Value>;
}

/** Calls an operation. Its answer is a success; what else happens is thrown. @throws {ClientError} */
export type Call = <Id extends OperationId>(
  id: Id,
  request: PlaceOf<Id> & Omit<RequestParts, "path" | "query">,
) => Promise<Answer<AnswerOf<Id>>>;

/** The operations of the service at `base`. */
export function connect(base: URL, { token, headers, fetch: doFetch }: ClientOptions): Call {
  const everywhere = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers };
  // Called through a function: browsers refuse a fetch that is called as a method of something else.
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
 * Node ends the body of an answer by the signal of its request, which follows the caller's only while someone holds
 * the request: whoever reads the answer does.
 */
const requests = new WeakMap<Response, readonly Request[]>();

async function answered<Value>(
  request: Request,
  { base, doFetch }: { readonly base: URL; readonly doFetch: typeof fetch },
): Promise<Answer<Value>> {
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
  if (response.ok) return response as Answer<Value>;
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
