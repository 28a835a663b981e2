import type {
  ApiListResponse,
  ApiResponse,
  DeployEvent,
  FailureGroupsResponse,
  FailureView,
  JobEvent,
  JobListResponse,
  JobStatus,
  JobStatusResponse,
  JobView,
  LogLineView,
  MessageResponse,
  SignInLinkView,
  SubmissionRequest as Submission,
} from "@millrace/core/rest";
import { isClientError } from "./client-error.ts";
import { deployEvents } from "./deploy-events.ts";
import { type Answer, type Call, type CallOptions, type ClientOptions, connect, parseBase } from "./http.ts";
import { jobLogs, type LogsOptions } from "./job-logs.ts";
import { json, ndjson, parseJson, responseBytes, responseText } from "./read-answer.ts";
import type { RequestBody } from "./request-body.ts";
import { serverSentEvents } from "./server-sent-events.ts";

export interface JobListQuery {
  readonly api?: string | undefined;
  readonly statuses?: readonly JobStatus[] | undefined;
  /** Part of a job's id, its API's name, or a label's key or value. */
  readonly search?: string | undefined;
  /** All of them must match. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly limit?: number | undefined;
  /** The previous page's `cursor`. */
  readonly cursor?: string | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** The same key with the same submission returns the same job. */
  readonly idempotencyKey?: string | undefined;
  /** Called when the key had already created the job. */
  readonly onKnown?: (() => void) | undefined;
}

/**
 * The REST API of a Millrace service, based on the operations of its OpenAPI document. Every method throws {@link
 * ClientError}; an aborted call throws its signal's reason.
 */
export class MillraceClient {
  readonly url: string;
  readonly #call: Call;

  constructor(options: ClientOptions) {
    const base = parseBase(options.url);
    this.url = base.href.replace(/\/+$/, "");
    this.#call = connect(base, options);
  }

  /** True when the service reports that it is ready; false when it reports that it is not yet. */
  async ready(options: CallOptions = {}): Promise<boolean> {
    try {
      const response = await this.#call("getReadiness", signalOf(options));
      await response.body?.cancel();
      return true;
    } catch (error) {
      if (isClientError(error) && error.status === 503) return false;
      throw error;
    }
  }

  /** The OpenAPI document. */
  openapi(options: CallOptions = {}): Promise<Readonly<Record<string, unknown>>> {
    return json(this.#call("getOpenApi", signalOf(options)));
  }

  apis(options: CallOptions = {}): Promise<ApiListResponse> {
    return json(this.#call("listApis", signalOf(options)));
  }

  api(name: string, options: CallOptions = {}): Promise<ApiResponse> {
    return json(this.#call("getApi", { ...signalOf(options), path: { name } }));
  }

  /**
   * Deploys a project and yields progress events; the last event is `deployed` or `error`.
   *
   * @param archive the project as a `.tar.gz`
   */
  deploy(
    name: string,
    archive: RequestBody,
    options: CallOptions & {
      /** Path of the YAML file in the archive. */
      readonly config: string;
    },
  ): AsyncGenerator<DeployEvent> {
    const answered = this.#call("deployApi", {
      ...signalOf(options),
      path: { name },
      query: { config: options.config },
      headers: { "content-type": "application/gzip" },
      body: archive,
    });
    return deployEvents(answered, this.url);
  }

  /** Reinstalls an API's dependencies and yields progress events, like {@link deploy}. */
  refresh(name: string, options: CallOptions = {}): AsyncGenerator<DeployEvent> {
    const answered = this.#call("refreshApi", { ...signalOf(options), path: { name } });
    return deployEvents(answered, this.url);
  }

  /** Deletes an API; `force` also stops its active jobs. */
  deleteApi(
    name: string,
    options: CallOptions & { readonly force?: boolean | undefined } = {},
  ): Promise<MessageResponse> {
    const query = { force: options.force || undefined };
    return json(this.#call("deleteApi", { ...signalOf(options), path: { name }, query }));
  }

  submit(endpoint: string, submission: Submission, options: SubmitOptions = {}): Promise<JobView> {
    const request = { ...signalOf(options), headers: idempotency(options), json: submission };
    return json(madeOrKnown(this.#call("submitJob", { ...request, path: { endpoint } }), options));
  }

  /** Checks a submission without starting a job: one path per line, then `validations passed`. */
  async dryRun(endpoint: string, submission: Submission, options: CallOptions = {}): Promise<string> {
    const response = await this.#call("submitJob", {
      ...signalOf(options),
      path: { endpoint },
      query: { dryRun: true },
      headers: { accept: "text/plain" },
      json: submission,
    });
    return responseText(response);
  }

  job(endpoint: string, id: string, options: CallOptions = {}): Promise<JobStatusResponse> {
    return json(this.#call("getJob", { ...signalOf(options), path: { endpoint, id } }));
  }

  stop(endpoint: string, id: string, options: CallOptions = {}): Promise<MessageResponse> {
    return json(this.#call("stopJob", { ...signalOf(options), path: { endpoint, id } }));
  }

  /** Creates a job from the items of a finished job that have no output. */
  retry(endpoint: string, id: string, options: SubmitOptions = {}): Promise<JobView> {
    const request = { ...signalOf(options), headers: idempotency(options) };
    return json(madeOrKnown(this.#call("retryJob", { ...request, path: { endpoint, id } }), options));
  }

  /** The result rows as NDJSON bytes, in input order; for a running job, the rows so far. */
  async *results(endpoint: string, id: string, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    yield* responseBytes(await this.#call("getJobResults", { ...signalOf(options), path: { endpoint, id } }));
  }

  async *failures(endpoint: string, id: string, options: CallOptions = {}): AsyncGenerator<FailureView> {
    yield* ndjson(await this.#call("getJobFailures", { ...signalOf(options), path: { endpoint, id } }));
  }

  /** Log lines so far and, with `follow`, new ones as they arrive; reconnects as often as needed. */
  logs(endpoint: string, id: string, options: LogsOptions = {}): AsyncGenerator<LogLineView> {
    return jobLogs(this.#call, { endpoint, id }, options);
  }

  /** Status and progress whenever they change; a job's last event is `end`. */
  async *events(
    endpoint: string,
    id: string,
    options: CallOptions = {},
  ): AsyncGenerator<{ readonly event: "progress" | "end"; readonly data: JobEvent }> {
    const response = await this.#call("getJobEvents", { ...signalOf(options), path: { endpoint, id } });
    for await (const { event, data } of serverSentEvents(response)) {
      if (event !== "progress" && event !== "end") continue;
      yield { event, data: parseJson<JobEvent>(data, response) };
      if (event === "end") return;
    }
  }

  /** Failed items grouped by error, with an example of each. */
  failureGroups(endpoint: string, id: string, options: CallOptions = {}): Promise<FailureGroupsResponse> {
    return json(this.#call("getFailureGroups", { ...signalOf(options), path: { endpoint, id } }));
  }

  /** A link that signs one browser in; it is valid once, for a minute. */
  signInLink(options: CallOptions = {}): Promise<SignInLinkView> {
    return json(this.#call("createSignInLink", signalOf(options)));
  }

  /** Jobs of all APIs, newest first. */
  jobs(
    { api, statuses, labels, search, limit, cursor }: JobListQuery = {},
    options: CallOptions = {},
  ): Promise<JobListResponse> {
    const label = labels && Object.entries(labels).map(([key, value]) => `${key}:${value}`);
    const query = { api, status: statuses, label, search, limit, cursor };
    return json(this.#call("listJobs", { ...signalOf(options), query }));
  }
}

/** The options of a method that every call takes. */
function signalOf({ signal }: CallOptions): CallOptions {
  return { signal };
}

/** Uses a random key if none is given, so that the request can be retried when its connection is lost. */
function idempotency({ idempotencyKey }: SubmitOptions) {
  // In pages, `randomUUID` requires HTTPS or an address on this machine.
  return { "idempotency-key": idempotencyKey ?? globalThis.crypto?.randomUUID?.() };
}

/** The status is 201 for a new job, and 200 for one that the key had already created. */
async function madeOrKnown(
  answered: Promise<Answer<JobView>>,
  { idempotencyKey, onKnown }: SubmitOptions,
): Promise<Answer<JobView>> {
  const response = await answered;
  if (idempotencyKey !== undefined && response.status === 200) onKnown?.();
  return response;
}
