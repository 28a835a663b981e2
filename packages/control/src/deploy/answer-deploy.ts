import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { DeployEvent, DeployResponse } from "@millrace/core";
import { problemView, toMillraceError } from "../http/problem-view.ts";
import type { RequestContext } from "../http/types.ts";
import { jsonLine } from "../streams/ndjson-body.ts";

/** One installation, reported line by line. */
export type DeployRun = (onOutput: (line: string) => void) => Promise<DeployResponse>;

/**
 * Responds to a deploy: one JSON document at the end or, with `Accept: application/x-ndjson`, one event per line as it
 * runs.
 */
export async function answerDeploy(ctx: RequestContext, run: DeployRun): Promise<void> {
  if (ctx.accepts("application/json", "application/x-ndjson") !== "application/x-ndjson") {
    ctx.body = await run(() => {});
    return;
  }
  const body = new PassThrough();
  ctx.type = "application/x-ndjson";
  ctx.body = body;
  const send = (event: DeployEvent) => void body.write(jsonLine(event));
  const stream = async () => {
    try {
      const response = await run((text) => send({ type: "output", text }));
      send({ type: "deployed", ...response });
    } catch (thrown) {
      const error = toMillraceError(thrown);
      if (error.code === "internal") ctx.state.logger.error("deploy failed", { error: thrown });
      send({ type: "error", problem: problemView(error, ctx.state.requestId) });
    }
    body.end();
    if (!body.closed) await once(body, "close");
  };
  void stream().catch((error) => ctx.state.logger.warn("deploy answer failed", { error }));
}
