import type { DeployEvent } from "@millrace/core/rest";
import { ClientError } from "./client-error.ts";
import type { Answer } from "./http.ts";
import { ndjson } from "./read-answer.ts";

/** The progress events of a deploy; the last event is `deployed` or `error`. */
export async function* deployEvents(
  answered: Promise<Answer<DeployEvent>>,
  url: string,
): AsyncGenerator<DeployEvent> {
  for await (const event of ndjson(await answered)) {
    yield event;
    if (event.type !== "output") return;
  }
  throw new ClientError(
    "unreachable",
    `Cannot tell how the deploy ended: ${url} closed the connection before it reported the result; check the API and try again`,
  );
}
