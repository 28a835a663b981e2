import { parseExactJson } from "@millrace/exact-json";
import { ClientError } from "./client-error.ts";
import { type Answer, unreachable } from "./http.ts";

/**
 * Yields the lines of a response as they arrive, without line breaks (`\n` or `\r\n`). Leaving the loop closes the
 * connection.
 *
 * @throws {ClientError} unreachable when the connection ends too early
 */
export async function* responseLines(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  // The service sends no byte-order mark. If Node looked for one, it would also drop one that occurs later when the
  // first chunk ends inside a character.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  for await (const chunk of responseBytes(response)) {
    // Searches only the new text, so that a very long line is scanned only once.
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = rest + text.slice(start, end);
      rest = "";
      start = end + 1;
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
    rest += text.slice(start);
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

/** The bytes of a response. @throws {ClientError} unreachable when the connection ends too early */
export async function* responseBytes(response: Response): AsyncGenerator<Uint8Array> {
  // A reader, because not every browser can iterate over a body.
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw unreachable(new URL(response.url).origin, error);
  } finally {
    // Leaving the loop early closes the connection.
    await reader.cancel().catch(() => {});
  }
}

/** The whole text of a response. A lost connection is reported as unreachable. */
export async function responseText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  for await (const chunk of responseBytes(response)) all += decoder.decode(chunk, { stream: true });
  return all + decoder.decode();
}

/** The value of a JSON response. */
export async function json<Value>(answered: Promise<Answer<Value>>): Promise<Value> {
  const response = await answered;
  return parseJson<Value>(await responseText(response), response);
}

/** The values of an NDJSON response. Skips blank lines, which a service may send to keep the connection alive. */
export async function* ndjson<Row>(response: Answer<Row>): AsyncGenerator<Row> {
  for await (const line of responseLines(response)) {
    if (line.trim() === "") continue;
    yield parseJson<Row>(line, response);
  }
}

/** Parses one value of a response; user data keeps all digits of its numbers. @throws {ClientError} invalid_response */
export function parseJson<Value>(text: string, response: Response): Value {
  try {
    return parseExactJson(text) as Value;
  } catch (cause) {
    throw new ClientError(
      "invalid_response",
      `Cannot understand the answer of ${new URL(response.url).origin}: "${text.slice(0, 100)}" is not JSON`,
      { status: response.status, cause },
    );
  }
}
