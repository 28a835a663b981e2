import { ClientError, problemError } from "@millrace/client";
import type { DeployEvent, DeployResponse } from "@millrace/core";
import type { App } from "./session.ts";

/** Shows an installation as it goes, on stderr, and gives its end. @throws {ClientError} when it failed */
export async function showDeploy(app: App, events: AsyncIterable<DeployEvent>): Promise<DeployResponse> {
  for await (const event of events) {
    if (event.type === "output") app.output.note(app.output.style("dim", event.text, "stderr"));
    else if (event.type === "error") throw problemError(event.problem);
    else return { api: event.api, changed: event.changed, message: event.message };
  }
  throw new ClientError("unreachable", "Cannot tell how it ended: the service said nothing");
}
