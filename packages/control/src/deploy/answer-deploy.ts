import { once } from "node:events";
import { PassThrough } from "node:stream";
import { type DeployEvent, type DeployResponse, MillraceError } from "@millrace/core";
import type { RouteContext } from "../http/types.ts";
import { jsonLine } from "../streams/ndjson-body.ts";
import { problemView, toMillraceError } from "../views/problem-view.ts";

/** One installation, told line by line. */
export type DeployRun = (options: {
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}) => Promise<DeployResponse>;

/**
 * Answers a deploy: one JSON document at the end, or with `Accept: application/x-ndjson` an event a line while it runs.
 * A client that goes away ends the installation.
 */
export async function answerDeploy(ctx: RouteContext, run: DeployRun, stopping: AbortSignal): Promise<void> {
  const gone = new AbortController();
  const leave = () => {
    const aborted = new MillraceError(
      "unavailable",
      "Cannot finish the deploy: the client or the service went away",
    );
    if (!ctx.res.writableFinished) gone.abort(aborted);
  };
  ctx.res.once("close", leave);
  stopping.addEventListener("abort", leave, { once: true });
  const done = () => {
    ctx.res.off("close", leave);
    stopping.removeEventListener("abort", leave);
  };
  if (ctx.accepts("application/json", "application/x-ndjson") !== "application/x-ndjson") {
    ctx.body = await run({ onOutput: () => {}, signal: gone.signal }).finally(done);
    return;
  }
  const body = new PassThrough();
  ctx.type = "application/x-ndjson";
  ctx.body = body;
  const send = (event: DeployEvent) => void body.write(jsonLine(event));
  const stream = async () => {
    try {
      const response = await run({ onOutput: (text) => send({ type: "output", text }), signal: gone.signal });
      send({ type: "deployed", ...response });
    } catch (thrown) {
      const error = toMillraceError(thrown);
      if (error.code === "internal") ctx.state.logger.error("deploy failed", { error: thrown });
      send({ type: "error", problem: problemView(error, ctx.state.requestId) });
    } finally {
      done();
    }
    body.end();
    if (!body.closed) await once(body, "close");
  };
  void stream().catch((error) => ctx.state.logger.warn("deploy answer failed", { error }));
}
