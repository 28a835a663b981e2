import { badQuery, queryOf } from "./query.ts";
import type { RouteContext } from "./types.ts";

/** The job id of a route that takes it in its path, or as Cortex does in `?jobID=`. */
export function jobIdOf(ctx: RouteContext): string {
  const inPath = ctx.params.id;
  if (inPath !== undefined) {
    queryOf(ctx, []);
    return inPath;
  }
  const { jobID } = queryOf(ctx, ["jobID"]);
  if (jobID) return jobID;
  throw badQuery("jobID", `Cannot tell which job is meant: expected ?jobID=<id> or ${ctx.path}/<id>`);
}
