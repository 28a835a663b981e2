import type { FailureView } from "@millrace/core";
import { FailureGroupsResponseSchema } from "@millrace/core/schemas";
import { failedBlocks } from "../failures/failed-blocks.ts";
import { FailureReader } from "../failures/failure-reader.ts";
import { type Group, groupFailures } from "../failures/group-failures.ts";
import { findJob } from "../http/find-job.ts";
import { json } from "../openapi/contents.ts";
import { answers } from "../openapi/operation.ts";
import { route } from "./route.ts";

const LARGEST = 50;

export const getFailureGroups = route({
  id: "getFailureGroups",
  tag: "jobs",
  method: "get",
  path: "/{endpoint}/{id}/failures/groups",
  summary: "Failed items grouped by error, with an example of each",
  responses: answers(json(FailureGroupsResponseSchema), [404]),
  handler:
    ({ backend }) =>
    async (ctx) => {
      const { spec } = await findJob(backend, ctx.params.endpoint, ctx.params.id);
      const grouped = await groupFailures(failedBlocks(backend, spec.jobId), LARGEST);
      const reader = new FailureReader(backend, spec.jobId, ctx.state.logger);
      const groups: string[] = [];
      for (const group of grouped.groups) groups.push(groupText(group, await reader.texts(group.example)));
      ctx.type = "application/json";
      ctx.body = `{"groups":[${groups.join(",")}],"items":${grouped.items},"is_complete":${grouped.isComplete}}`;
    },
});

function groupText({ code, message, items, place }: Group, texts: readonly string[]): string {
  const example = texts[place] as string;
  const { attempts } = JSON.parse(example) as FailureView;
  const head = JSON.stringify({ code, type: attempts.at(-1)?.type ?? null, message, items }).slice(0, -1);
  // Built as text: parsing the example's payload and serializing it again would round its long numbers.
  return `${head},"example":${example}}`;
}
