import { ClientError, problemError } from "@millrace/client";
import type { DeployEvent, DeployResponse } from "@millrace/core";
import type { App } from "./session.ts";
import { quotedLines } from "./terminal-text.ts";

/** Shows an installation as it goes, on stderr, and gives its end. @throws {ClientError} when it failed */
export async function showDeploy(app: App, events: AsyncIterable<DeployEvent>): Promise<DeployResponse> {
  for await (const event of events) {
    if (event.type === "output") showOutput(app, event.text);
    else if (event.type === "error") throw problemError(event.problem);
    else return { api: event.api, changed: event.changed, message: event.message };
  }
  throw new ClientError("unreachable", "Cannot tell how it ended: the service said nothing");
}

/** What installers print stands in, so that none of it can be taken for a line of ours. */
function showOutput({ output }: App, text: string): void {
  for (const line of quotedLines(text)) output.note(output.style("dim", line, "stderr"));
}
