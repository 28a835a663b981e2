import { parseExactJson } from "@millrace/exact-json";
import { ClientError } from "./client-error.ts";
import { type Answer, unreachable } from "./http.ts";

/**
 * The lines of an answer, without their line breaks (`\n` or `\r\n`), as they come.
 * Leaving the loop closes the connection.
 *
 * @throws {ClientError} unreachable when the connection ends before the answer does
 */
export async function* responseLines(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  // The service sends no byte-order mark; looking for one, Node drops it further on, too, if the first piece ends in a character.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  for await (const chunk of responseBytes(response)) {
    // Only the new text is searched, so that one very long line costs its length once.
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

/** The bytes of an answer. @throws {ClientError} unreachable when the connection ends before the answer does */
export async function* responseBytes(response: Response): AsyncGenerator<Uint8Array> {
  // A reader rather than a loop over the body, which not every browser has.
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
    // Whoever leaves the loop early closes the connection.
    await reader.cancel().catch(() => {});
  }
}

/** The whole text of an answer, with a lost connection told as such. */
export async function responseText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  for await (const chunk of responseBytes(response)) all += decoder.decode(chunk, { stream: true });
  return all + decoder.decode();
}

/** The value of an answer in JSON. */
export async function json<Value>(answered: Promise<Answer<Value>>): Promise<Value> {
  const response = await answered;
  return parseJson<Value>(await responseText(response), response);
}

/** The values of an NDJSON answer; blank lines, which a service may send to keep the connection alive, are skipped. */
export async function* ndjson<Row>(response: Answer<Row>): AsyncGenerator<Row> {
  for await (const line of responseLines(response)) {
    if (line.trim() === "") continue;
    yield parseJson<Row>(line, response);
  }
}

/** Parses one value of an answer; numbers of users keep their digits. @throws {ClientError} invalid_response */
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
