import type { ZodOpenApiLinkObject } from "zod-openapi";

type Links = Readonly<Record<string, ZodOpenApiLinkObject>>;

const JOB = { endpoint: "$request.path.endpoint", id: "$response.body#/job_id" };

/** What can be done with a job that an answer gives: for readers, and for what tries operations in a row. */
export const LINKS_OF_JOB: Links = Object.fromEntries(
  [
    ...["getJob", "stopJob", "getJobResults", "getJobFailures", "getFailureGroups", "getJobLogs"],
    "retryJob",
  ].map((operationId) => [operationId, { operationId, parameters: JOB }]),
);

/** What can be done with the API that an answer gives. */
export const LINKS_OF_API: Links = Object.fromEntries(
  ["getApi", "deleteApi", "refreshApi"].map((operationId) => [
    operationId,
    { operationId, parameters: { name: "$request.path.name" } },
  ]),
);
