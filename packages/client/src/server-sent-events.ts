import { responseLines } from "./read-answer.ts";

/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** @default "message" */
  readonly event: string;
  readonly data: string;
  /** The stream's last id so far. */
  readonly id: string | undefined;
}

/**
 * The events of a response, parsed according to the HTML standard's "server-sent events"; comments only keep it alive.
 */
export async function* serverSentEvents(
  response: Response,
  { onLine }: { readonly onLine?: () => void } = {},
): AsyncGenerator<ServerSentEvent> {
  let event = "";
  let data: string[] = [];
  let id: string | undefined;
  for await (const line of responseLines(response)) {
    onLine?.();
    if (line === "") {
      if (data.length > 0) yield { event: event || "message", data: data.join("\n"), id };
      event = "";
      data = [];
      continue;
    }
    const { field, value } = splitField(line);
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id") id = value;
  }
  // An event without its final blank line is incomplete: the standard discards it, too.
}

function splitField(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { field: line, value: "" };
  return { field: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, "") };
}
