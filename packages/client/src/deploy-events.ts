import { ClientError } from "./client-error.ts";
import { ndjson } from "./read-answer.ts";
import type { DeployEvent } from "./types.ts";

/** What a deploy tells while it runs; the last event is `deployed` or `error`. */
export async function* deployEvents(answered: Promise<Response>, url: string): AsyncGenerator<DeployEvent> {
  for await (const event of ndjson<DeployEvent>(await answered)) {
    yield event;
    if (event.type !== "output") return;
  }
  throw new ClientError(
    "unreachable",
    `Cannot tell how it ended: ${url} closed the connection before its last word, look at the API and try again`,
  );
}
