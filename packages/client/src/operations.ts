import type {
  ApiListResponse,
  ApiResponse,
  DeployEvent,
  FailureGroupsResponse,
  FailureView,
  JobListResponse,
  JobStatusResponse,
  JobView,
  LogLineView,
  MessageResponse,
  SignInLinkView,
} from "@millrace/core/rest";

/** Types of answers, by schema name in the OpenAPI document. */
interface Schemas {
  readonly ApiListResponse: ApiListResponse;
  readonly ApiResponse: ApiResponse;
  readonly DeployEvent: DeployEvent;
  readonly Failure: FailureView;
  readonly FailureGroupsResponse: FailureGroupsResponse;
  readonly Job: JobView;
  readonly JobListResponse: JobListResponse;
  readonly JobStatusResponse: JobStatusResponse;
  readonly LogLine: LogLineView;
  readonly MessageResponse: MessageResponse;
  readonly SignInLink: SignInLinkView;
}

/** The default media type of an operation's answer. */
interface Media<Value> {
  readonly type: string;
  readonly schema?: keyof Schemas;
  /** Only for the compiler: the type of the answer, or of each of its lines. */
  readonly value?: Value;
}

export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** In OpenAPI's form, with parameters as `{name}`. */
  readonly path: string;
  /** Allowed query parameters. */
  readonly query?: readonly string[];
  /** Missing for a redirect. */
  readonly answer?: Media<unknown>;
}

const JOB_FILTER = ["api", "status", "label", "search"] as const;
const ANYTHING: Media<unknown> = { type: "*/*" };
const EVENTS: Media<unknown> = { type: "text/event-stream" };
const HTML: Media<unknown> = { type: "text/html" };
const JSON_VALUE: Media<Readonly<Record<string, unknown>>> = { type: "application/json" };
const LINES: Media<unknown> = { type: "application/x-ndjson" };
const TEXT: Media<unknown> = { type: "text/plain" };

/** Every operation of the service, by id; a test compares them with the OpenAPI document. */
export const OPERATIONS = {
  getRoot: { method: "GET", path: "/", answer: JSON_VALUE },
  getHealth: { method: "GET", path: "/healthz", answer: JSON_VALUE },
  getReadiness: { method: "GET", path: "/readyz", answer: JSON_VALUE },
  getMetrics: { method: "GET", path: "/metrics", answer: TEXT },
  getOpenApi: { method: "GET", path: "/openapi.json", answer: JSON_VALUE },
  getDashboard: { method: "GET", path: "/dashboard", answer: HTML },
  getDashboardPage: { method: "GET", path: "/dashboard/{path}", answer: HTML },
  getDashboardAsset: { method: "GET", path: "/dashboard/assets/{name}", answer: ANYTHING },
  createSignInLink: { method: "POST", path: "/session/links", answer: json("SignInLink") },
  getSignInPage: { method: "GET", path: "/session/start", answer: HTML },
  signIn: { method: "POST", path: "/session" },
  signOut: { method: "DELETE", path: "/session", answer: json("MessageResponse") },
  signOutByForm: { method: "POST", path: "/session/end" },
  listApis: { method: "GET", path: "/apis", answer: json("ApiListResponse") },
  deployApi: { method: "PUT", path: "/apis/{name}", query: ["config"], answer: lines("DeployEvent") },
  getApi: { method: "GET", path: "/apis/{name}", answer: json("ApiResponse") },
  deleteApi: { method: "DELETE", path: "/apis/{name}", query: ["force"], answer: json("MessageResponse") },
  refreshApi: { method: "POST", path: "/apis/{name}/refresh", answer: lines("DeployEvent") },
  listJobs: {
    method: "GET",
    path: "/jobs",
    query: [...JOB_FILTER, "limit", "cursor"],
    answer: json("JobListResponse"),
  },
  getJobsEvents: { method: "GET", path: "/jobs/events", query: JOB_FILTER, answer: EVENTS },
  submitJob: { method: "POST", path: "/{endpoint}", query: ["dryRun"], answer: json("Job") },
  getJobByQuery: {
    method: "GET",
    path: "/{endpoint}",
    query: ["jobID"],
    answer: json("JobStatusResponse"),
  },
  stopJobByQuery: {
    method: "DELETE",
    path: "/{endpoint}",
    query: ["jobID"],
    answer: json("MessageResponse"),
  },
  getJob: { method: "GET", path: "/{endpoint}/{id}", answer: json("JobStatusResponse") },
  stopJob: { method: "DELETE", path: "/{endpoint}/{id}", answer: json("MessageResponse") },
  getJobResults: { method: "GET", path: "/{endpoint}/{id}/results", answer: LINES },
  getJobFailures: { method: "GET", path: "/{endpoint}/{id}/failures", answer: lines("Failure") },
  getFailureGroups: {
    method: "GET",
    path: "/{endpoint}/{id}/failures/groups",
    answer: json("FailureGroupsResponse"),
  },
  getJobLogs: {
    method: "GET",
    path: "/{endpoint}/{id}/logs",
    query: ["follow", "worker", "since", "tail"],
    answer: lines("LogLine"),
  },
  getJobEvents: { method: "GET", path: "/{endpoint}/{id}/events", query: ["workers"], answer: EVENTS },
  retryJob: { method: "POST", path: "/{endpoint}/{id}/retry", answer: json("Job") },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof OPERATIONS;

/** An operation's answer, or each of its lines. */
export type AnswerOf<Id extends OperationId> = (typeof OPERATIONS)[Id] extends {
  readonly answer: Media<infer Value>;
}
  ? Value
  : unknown;

type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;
type PathOf<Path extends string> = [ParameterOf<Path>] extends [never]
  ? unknown
  : { readonly path: Readonly<Record<ParameterOf<Path>, string>> };
type QueryOf<Described> = Described extends { readonly query: readonly (infer Name extends string)[] }
  ? { readonly query?: Readonly<Partial<Record<Name, QueryValue>>> }
  : unknown;

export type QueryValue = string | number | boolean | readonly (string | number)[] | undefined;

/** An operation's path and query parameters. */
export type PlaceOf<Id extends OperationId> = PathOf<(typeof OPERATIONS)[Id]["path"]> &
  QueryOf<(typeof OPERATIONS)[Id]>;

function json<Name extends keyof Schemas>(schema: Name): Media<Schemas[Name]> {
  return { type: JSON_VALUE.type, schema };
}

function lines<Name extends keyof Schemas>(schema: Name): Media<Schemas[Name]> {
  return { type: LINES.type, schema };
}
