/** Headers that apply to one connection only. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  // The proxy's server has already answered it.
  "expect",
]);

/** Describe the original body, so they do not apply to another one. */
const OF_THE_BODY = new Set(["content-length", "x-amz-crc32"]);

interface Message {
  readonly rawHeaders: readonly string[];
  readonly method?: string | undefined;
}

/**
 * The headers for forwarding a request, with original names and order, as a flat list of names and values. If `body`
 * replaces the request's body, compression of the answer is disabled, so that it can be read.
 */
export function requestHeaders(request: Message, body?: Buffer): string[] {
  const headers: string[] = [];
  let isFramed = false;
  for (const [name, value] of pairs(request.rawHeaders)) {
    const lower = name.toLowerCase();
    const isChunked = lower === "transfer-encoding";
    if (body !== undefined && (OF_THE_BODY.has(lower) || lower === "accept-encoding")) continue;
    if (isChunked && body === undefined) headers.push(name, "chunked");
    if (isChunked || lower === "content-length") isFramed = true;
    if (!OF_THE_CONNECTION.has(lower)) headers.push(name, value);
  }
  if (body !== undefined) headers.push("content-length", String(body.length));
  // Without this, Node.js would send an empty chunked body.
  else if (!isFramed && hasBody(request.method)) headers.push("content-length", "0");
  return headers;
}

/** The headers for an answer, like {@link requestHeaders}. */
export function answerHeaders(answer: Message, body?: Buffer): string[] {
  const headers: string[] = [];
  for (const [name, value] of pairs(answer.rawHeaders)) {
    const lower = name.toLowerCase();
    if (OF_THE_CONNECTION.has(lower) || (body !== undefined && OF_THE_BODY.has(lower))) continue;
    headers.push(name, value);
  }
  if (body !== undefined) headers.push("content-length", String(body.length));
  return headers;
}

function hasBody(method: string | undefined): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

function* pairs(raw: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    yield [raw[index] as string, raw[index + 1] as string];
  }
}
