import { ClientError, problemError } from "@millrace/client";
import type { DeployEvent, DeployResponse } from "@millrace/core";
import type { App } from "./session.ts";
import { quotedLines } from "./terminal-text.ts";

/** Shows the progress of an installation on stderr and returns its result. @throws {ClientError} when it failed */
export async function showDeploy(app: App, events: AsyncIterable<DeployEvent>): Promise<DeployResponse> {
  for await (const event of events) {
    if (event.type === "output") showOutput(app, event.text);
    else if (event.type === "error") throw problemError(event.problem);
    else return { api: event.api, changed: event.changed, message: event.message };
  }
  throw new ClientError("unreachable", "Cannot tell how the deploy ended: the service reported no result");
}

/** Indents what installers print, so that none of it can be mistaken for our own output. */
function showOutput({ output }: App, text: string): void {
  for (const line of quotedLines(text)) output.note(output.style("dim", line, "stderr"));
}
