import { MillraceError } from "@millrace/core";
import type { RequestContext } from "../http/types.ts";

/**
 * Aborts when the client disconnects before it has its complete response, or when the service stops: nobody is waiting
 * for the work any more.
 */
export function departure(ctx: RequestContext, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const leave = () =>
    gone.abort(
      new MillraceError("unavailable", "Cannot finish the deploy: the client or the service went away"),
    );
  ctx.res.once("close", () => {
    stopping.removeEventListener("abort", leave);
    if (!ctx.res.writableFinished) leave();
  });
  if (stopping.aborted || ctx.res.destroyed) leave();
  else stopping.addEventListener("abort", leave, { once: true });
  return gone.signal;
}
