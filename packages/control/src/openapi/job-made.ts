import { JobViewSchema } from "@millrace/core/schemas";
import type { ZodOpenApiResponsesObject } from "zod-openapi";
import { json } from "./contents.ts";
import { LINKS_OF_JOB } from "./links.ts";

/** The response of operations that create a job, when the job is new. */
export const JOB_MADE: ZodOpenApiResponsesObject = {
  "201": { description: "The new job", content: json(JobViewSchema), links: LINKS_OF_JOB },
};
