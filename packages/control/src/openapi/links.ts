import type { ZodOpenApiLinkObject } from "zod-openapi";

type Links = Readonly<Record<string, ZodOpenApiLinkObject>>;

const JOB = { endpoint: "$request.path.endpoint", id: "$response.body#/job_id" };

/** What can be done with a job in a response: for readers, and for tools that chain operations. */
export const LINKS_OF_JOB: Links = Object.fromEntries(
  [
    ...["getJob", "stopJob", "getJobResults", "getJobFailures", "getFailureGroups", "getJobLogs"],
    "retryJob",
  ].map((operationId) => [operationId, { operationId, parameters: JOB }]),
);

/** What can be done with an API in a response. */
export const LINKS_OF_API: Links = Object.fromEntries(
  ["getApi", "deleteApi", "refreshApi"].map((operationId) => [
    operationId,
    { operationId, parameters: { name: "$request.path.name" } },
  ]),
);
