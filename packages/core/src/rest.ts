import type { z } from "zod";
import type * as apis from "./rest-schema/api-views.ts";
import type * as common from "./rest-schema/common.ts";
import type * as lines from "./rest-schema/job-lines.ts";
import type * as jobs from "./rest-schema/job-views.ts";
import type * as problems from "./rest-schema/problem.ts";
import type { SignInLinkSchema } from "./rest-schema/sign-in-link.ts";
import type { SubmissionSchema } from "./submission/submission-schema.ts";

// The package's third entry, `@millrace/core/rest`, for clients of the service, including browsers: it has types only
// and nothing at run time. The types are what the REST API accepts and sends, in snake_case as users see it. The
// schemas define the fields and their meaning; only their types are imported, so a worker never loads zod.

type ReadonlyDeep<T> = T extends (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;
type Taken<Schema extends z.ZodType> = ReadonlyDeep<z.input<Schema>>;
type Sent<Schema extends z.ZodType> = ReadonlyDeep<z.output<Schema>>;

export type { JobStatus } from "./job-status.ts";
export type { WorkerStatus } from "./worker-status.ts";

/** The body of a submission: exactly one dataset. */
export type SubmissionRequest = Taken<typeof SubmissionSchema>;
/** Listing rules of a dataset of files. */
export type FileSelection = NonNullable<SubmissionRequest["file_path_lister"]>;

export type JobView = Sent<typeof jobs.JobViewSchema>;
export type WorkerView = Sent<typeof jobs.WorkerViewSchema>;
export type WebhookDeliveryView = JobStatusView["webhook_deliveries"][number];
export type TimeView = Sent<typeof jobs.TimeViewSchema>;
export type ThroughputView = Sent<typeof jobs.ThroughputViewSchema>;
export type CallLimitsView = JobStatusView["call_limits"];
export type RemainingView = Sent<typeof jobs.RemainingViewSchema>;
export type ItemCounts = Sent<typeof common.ItemCountsSchema>;
export type JobMetrics = Sent<typeof jobs.JobMetricsSchema>;
export type JobStatusView = Sent<typeof jobs.JobStatusViewSchema>;
export type JobStatusResponse = Sent<typeof jobs.JobStatusResponseSchema>;
export type JobSummary = Sent<typeof jobs.JobSummarySchema>;
export type JobListResponse = Sent<typeof jobs.JobListResponseSchema>;
export type JobEvent = Sent<typeof jobs.JobEventSchema>;
export type WorkersEvent = Sent<typeof jobs.WorkersEventSchema>;
export type JobsEvent = Sent<typeof jobs.JobsEventSchema>;
export type LogLineView = Sent<typeof lines.LogLineViewSchema>;
export type LogPositionsView = Sent<typeof lines.LogPositionsViewSchema>;
export type FailureView = Sent<typeof lines.FailureViewSchema>;
export type FailureGroupsResponse = Sent<typeof lines.FailureGroupsResponseSchema>;
export type FailureGroup = FailureGroupsResponse["groups"][number];
export type ApiView = Sent<typeof apis.ApiViewSchema>;
export type ApiListResponse = Sent<typeof apis.ApiListResponseSchema>;
export type ApiResponse = Sent<typeof apis.ApiResponseSchema>;
export type DeployResponse = Sent<typeof apis.DeployResponseSchema>;
export type DeployEvent = Sent<typeof apis.DeployEventSchema>;
export type MessageResponse = Sent<typeof problems.MessageResponseSchema>;
export type Problem = Sent<typeof problems.ProblemSchema>;
export type SignInLinkView = Sent<typeof SignInLinkSchema>;
export type ServiceFile = Sent<typeof lines.ServiceFileSchema>;
