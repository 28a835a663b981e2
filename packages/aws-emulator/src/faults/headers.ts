/** Headers that are about one connection. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  // The proxy's server has answered it.
  "expect",
]);

/** About a body as it was: not true of another. */
const OF_THE_BODY = new Set(["content-length", "x-amz-crc32"]);

interface Message {
  readonly rawHeaders: readonly string[];
  readonly method?: string | undefined;
}

/**
 * The headers to forward a request with, names and order as they came, as a flat list of names and values. With
 * `body`, which takes the place of the request's, the answer will not be compressed, so that it can be read.
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
  // Without it Node.js would send an empty body in chunks.
  else if (!isFramed && hasBody(request.method)) headers.push("content-length", "0");
  return headers;
}

/** The headers to answer with, as {@link requestHeaders}. */
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
