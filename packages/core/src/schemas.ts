// The package's second entry, `@millrace/core/schemas`: everything that loads zod and yaml. A worker never loads it,
// since its start-up time is part of every small job.
export { API_NAME, type ApiConfig, ApiConfigSchema } from "./config/api-schema.ts";
export type { ConfigErrorEntry } from "./config/config-error.ts";
export { CORTEX_FIELDS } from "./config/cortex-fields.ts";
export { RESERVED_ENDPOINTS } from "./config/endpoint.ts";
export { type FieldError, got } from "./config/field-error.ts";
export { isForbiddenAddress } from "./config/forbidden-address.ts";
export {
  type ConfigWarning,
  type ParsedApiConfigs,
  parseApiConfigs,
  parseApiSpecView,
} from "./config/parse-api-configs.ts";
export { formatSize, parseSizeBytes } from "./config/quantity.ts";
export { readYamlConfig, type YamlConfig, type YamlConfigOptions } from "./config/read-yaml-config.ts";
export { apiSpecView } from "./config/to-api-spec.ts";
export {
  ApiListResponseSchema,
  ApiResponseSchema,
  DeployEventSchema,
  DeployResponseSchema,
} from "./rest-schema/api-views.ts";
export { JobIdSchema, JobStatusSchema } from "./rest-schema/common.ts";
export {
  FailureGroupsResponseSchema,
  FailureViewSchema,
  LogLineViewSchema,
  LogPositionsViewSchema,
  ResultRowSchema,
} from "./rest-schema/job-lines.ts";
export {
  JobEventSchema,
  JobListResponseSchema,
  JobStatusResponseSchema,
  JobsEventSchema,
  JobViewSchema,
  WorkersEventSchema,
} from "./rest-schema/job-views.ts";
export { MessageResponseSchema, ProblemSchema } from "./rest-schema/problem.ts";
export { SignInLinkSchema } from "./rest-schema/sign-in-link.ts";
export { parseSubmission, type Submission } from "./submission/parse-submission.ts";
export { type SubmissionBody, SubmissionSchema } from "./submission/submission-schema.ts";
