import test from "ava";
import type { z } from "zod";
import type * as rest from "../../src/rest.ts";
import type * as failures from "../../src/rest-failures.ts";
import type * as apis from "../../src/rest-schema/api-views.ts";
import type * as lines from "../../src/rest-schema/job-lines.ts";
import type * as jobs from "../../src/rest-schema/job-views.ts";
import type * as problems from "../../src/rest-schema/problem.ts";
import type { SignInLinkSchema } from "../../src/rest-schema/sign-in-link.ts";

type ReadonlyDeep<T> = T extends (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;
type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
/** True when schema and interface take the very same values; else the line below does not compile. */
type Agrees<Schema extends z.ZodType, Interface> = Mutual<
  ReadonlyDeep<z.output<Schema>>,
  ReadonlyDeep<Interface>
>;

const agreements: readonly true[] = [
  true satisfies Agrees<typeof jobs.JobViewSchema, rest.JobView>,
  true satisfies Agrees<typeof jobs.WorkerViewSchema, rest.WorkerView>,
  true satisfies Agrees<typeof jobs.JobMetricsSchema, rest.JobMetrics>,
  true satisfies Agrees<typeof jobs.JobStatusViewSchema, rest.JobStatusView>,
  true satisfies Agrees<typeof jobs.JobStatusResponseSchema, rest.JobStatusResponse>,
  true satisfies Agrees<typeof jobs.JobSummarySchema, rest.JobSummary>,
  true satisfies Agrees<typeof jobs.JobListResponseSchema, rest.JobListResponse>,
  true satisfies Agrees<typeof jobs.JobEventSchema, rest.JobEvent>,
  true satisfies Agrees<typeof jobs.WorkersEventSchema, rest.WorkersEvent>,
  true satisfies Agrees<typeof jobs.JobsEventSchema, rest.JobsEvent>,
  true satisfies Agrees<typeof lines.FailureGroupsResponseSchema, failures.FailureGroupsResponse>,
  true satisfies Agrees<typeof apis.ApiViewSchema, rest.ApiView>,
  true satisfies Agrees<typeof apis.ApiListResponseSchema, rest.ApiListResponse>,
  true satisfies Agrees<typeof apis.ApiResponseSchema, rest.ApiResponse>,
  true satisfies Agrees<typeof apis.DeployResponseSchema, rest.DeployResponse>,
  true satisfies Agrees<typeof apis.DeployEventSchema, rest.DeployEvent>,
  true satisfies Agrees<typeof lines.LogLineViewSchema, rest.LogLineView>,
  true satisfies Agrees<typeof lines.FailureViewSchema, failures.FailureView>,
  true satisfies Agrees<typeof lines.LogPositionsViewSchema, rest.LogPositionsView>,
  true satisfies Agrees<typeof lines.ServiceFileSchema, rest.ServiceFile>,
  true satisfies Agrees<typeof problems.ProblemSchema, rest.Problem>,
  true satisfies Agrees<typeof problems.MessageResponseSchema, rest.MessageResponse>,
  true satisfies Agrees<typeof SignInLinkSchema, rest.SignInLinkView>,
];

test("the compiler proves that each schema agrees with its interface in rest.ts", (t) => {
  t.is(agreements.length, 23);
});
