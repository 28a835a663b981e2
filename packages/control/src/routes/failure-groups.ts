import type { FailureView } from "@millrace/core";
import { failedBlocks } from "../failures/failed-blocks.ts";
import { FailureReader } from "../failures/failure-reader.ts";
import { type Group, groupFailures } from "../failures/group-failures.ts";
import { findJob } from "../http/find-job.ts";
import { queryOf } from "../http/query.ts";
import { param } from "../http/route-params.ts";
import type { RouteHandler } from "../http/types.ts";
import type { Services } from "../services.ts";

const LARGEST = 50;

/** `GET /<endpoint>/<id>/failures/groups`: failed items by what went wrong, with an example of each. */
export function getFailureGroups({ backend }: Services): RouteHandler {
  return async (ctx) => {
    queryOf(ctx, []);
    const { spec } = await findJob(backend, param(ctx, "endpoint"), param(ctx, "id"));
    const grouped = await groupFailures(failedBlocks(backend, spec.jobId), LARGEST);
    const reader = new FailureReader(backend, spec.jobId, ctx.state.logger);
    const groups: string[] = [];
    for (const group of grouped.groups) groups.push(groupText(group, await reader.texts(group.example)));
    ctx.type = "application/json";
    ctx.body = `{"groups":[${groups.join(",")}],"items":${grouped.items},"is_complete":${grouped.isComplete}}`;
  };
}

function groupText({ code, message, items, place }: Group, texts: readonly string[]): string {
  const example = texts[place] as string;
  const { attempts } = JSON.parse(example) as FailureView;
  const head = JSON.stringify({ code, type: attempts.at(-1)?.type ?? null, message, items }).slice(0, -1);
  // As text: parsing the example's payload and writing it again would round its long numbers.
  return `${head},"example":${example}}`;
}
