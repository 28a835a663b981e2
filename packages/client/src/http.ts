import { ClientError, responseError } from "./client-error.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, and the streams that it gave. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the service is and how to be let in. */
export interface ClientOptions {
  /** Base URL, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; absent: nothing is sent. */
  readonly token?: string | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch | undefined;
}

/** A body that `fetch` takes as it is. */
export type RequestBody = string | Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;

export interface RequestOptions extends CallOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: RequestBody | undefined;
  /** Statuses besides 2xx whose answer is handed back rather than thrown. */
  readonly accept?: readonly number[];
}

/** Sends one request and gives back its answer, which is a success. @throws {ClientError} */
export type Send = (method: string, path: string, options?: RequestOptions) => Promise<Response>;

export function createSend({ url, token, fetch: fetchOption }: ClientOptions): Send {
  const base = parseBase(url);
  // Called through a wrapper: browsers refuse a fetch that is called as a method of something else.
  const doFetch: typeof fetch = fetchOption ?? ((input, init) => fetch(input, init));
  return async function send(method, path, options = {}) {
    const target = requestUrl(base, path, options.query);
    const init = requestInit(method, options, token);
    let response: Response;
    try {
      response = await doFetch(target, init);
    } catch (error) {
      throw options.signal?.aborted ? options.signal.reason : unreachable(base, error);
    }
    if (response.ok || options.accept?.includes(response.status)) return response;
    throw await responseError(response);
  };
}

/** The error of a service that gave no answer, or stopped in the middle of one. */
export function unreachable(base: URL | string, cause: unknown): ClientError {
  const reason = rootMessage(cause);
  return new ClientError(
    "unreachable",
    `Cannot reach the service at ${String(base).replace(/\/$/, "")}: ${reason}`,
    {
      cause,
    },
  );
}

function parseBase(url: string): URL {
  const base = URL.parse(url.endsWith("/") ? url : `${url}/`);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new TypeError(`Cannot use "${url}" as the service's address: expected an http:// or https:// URL`);
  }
  return base;
}

function requestUrl(base: URL, path: string, query: RequestOptions["query"] = {}): URL {
  const target = new URL(path.replace(/^\//, ""), base);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of typeof value === "object" ? value : [value]) {
      target.searchParams.append(name, String(one));
    }
  }
  return target;
}

function requestInit(method: string, options: RequestOptions, token: string | undefined): RequestInit {
  const headers = new Headers();
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers.set(name, value);
  }
  // Browsers' types do not know `duplex`.
  const init: RequestInit & { duplex?: "half" } = { method, headers, redirect: "error" };
  if (options.signal !== undefined) init.signal = options.signal;
  if (options.body === undefined) return init;
  init.body = options.body;
  // A streamed body has no length: HTTP/1.1 sends it in chunks, and fetch asks for this.
  if (options.body instanceof ReadableStream) init.duplex = "half";
  return init;
}

/** The innermost cause says what happened; fetch itself says only "fetch failed". */
function rootMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError && inner.errors[0] instanceof Error) inner = inner.errors[0];
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
