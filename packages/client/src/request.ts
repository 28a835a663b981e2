import type { Operation, QueryValue } from "./operations.ts";
import type { RequestBody } from "./request-body.ts";

/** What a call sends. */
export interface RequestParts {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** A JSON body. */
  readonly json?: unknown;
  /** A raw body. */
  readonly body?: RequestBody;
  readonly signal?: AbortSignal | undefined;
}

/** fetch requires this for a streamed body, which has no length; browsers' types do not include it. */
const IN_CHUNKS = { duplex: "half" } as const;

/** The request for one call to the service at `base`. */
export function requestOf(base: URL, operation: Operation, parts: RequestParts): Request {
  const { path = {}, query = {}, headers = {}, json, body, signal } = parts;
  const address = `${base.href.replace(/\/$/, "")}${fillPath(operation.path, path)}${queryText(query)}`;
  return new Request(address, {
    method: operation.method,
    headers: headersOf({
      accept: operation.answer?.type,
      "content-type": json === undefined ? undefined : "application/json",
      ...headers,
    }),
    body: json === undefined ? (body ?? null) : JSON.stringify(json),
    signal: signal ?? null,
    redirect: "error",
    ...IN_CHUNKS,
  });
}

function headersOf(values: Readonly<Record<string, string | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) headers.set(name, value);
  return headers;
}

/** Fills in a path's parameters; as in Cortex, an endpoint may have several segments. */
function fillPath(pattern: string, parameters: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const segments = String(parameters[name]).split("/");
    return segments.filter(Boolean).map(encodeURIComponent).join("/");
  });
}

function queryText(query: Readonly<Record<string, QueryValue>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}=${encodeURIComponent(one)}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
