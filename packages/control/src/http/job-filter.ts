import { JOB_STATUSES, type JobQuery } from "@millrace/core";
import { JobStatusSchema } from "@millrace/core/schemas";
import { z } from "zod";
import { PATH_PARAMETERS } from "./path-parameters.ts";
import type { QueryValues } from "./query.ts";
import { list, optional, type QueryKind, TEXT, textOf } from "./query-fields.ts";

/** A comma would start the next label. */
const LABEL = /^[^:,]+:[^,]*$/;

const LABEL_PAIR: QueryKind<readonly [key: string, value: string]> = {
  schema: z.string().regex(LABEL).meta({ example: "team:vision" }),
  expected: "key:value",
  parse(pair) {
    const colon = pair.indexOf(":");
    return LABEL.test(pair) ? [pair.slice(0, colon), pair.slice(colon + 1)] : undefined;
  },
};

/** The query fields that filter jobs. */
export const JOB_FILTER = {
  api: optional(textOf(PATH_PARAMETERS.name, "the name of an API; GET /apis lists them")),
  status: list(textOf(JobStatusSchema, `one of ${Object.keys(JOB_STATUSES).join(", ")}`), {
    description: "Matches any of these; may be repeated or comma-separated.",
  }),
  label: list(LABEL_PAIR, {
    description: "`key:value`. All must match; may be repeated or comma-separated.",
  }),
  search: optional(TEXT, {
    description: "Part of the job's id, its API's name, or a label's key or value.",
  }),
};

/** The filter in the form that the ledger expects. */
export function jobQuery({
  api,
  status,
  label,
  search,
}: QueryValues<typeof JOB_FILTER>): Pick<JobQuery, "apiName" | "statuses" | "labels" | "search"> {
  return {
    ...(api === undefined ? {} : { apiName: api }),
    ...(search ? { search } : {}),
    ...(status === undefined ? {} : { statuses: status }),
    ...(label === undefined ? {} : { labels: Object.fromEntries(label) }),
  };
}
