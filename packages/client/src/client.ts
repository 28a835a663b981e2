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
  /** Every one must match. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** The same key with the same submission gives the same job. */
  readonly idempotencyKey?: string | undefined;
  /** Called when the key has made the job before. */
  readonly onKnown?: (() => void) | undefined;
}

/**
 * The REST API of a Millrace service, over the operations that its OpenAPI document names. Every method throws
 * {@link ClientError}; a call that its signal ended throws the signal's reason.
 */
export class MillraceClient {
  readonly url: string;
  readonly #call: Call;

  constructor(options: ClientOptions) {
    const base = parseBase(options.url);
    this.url = base.href.replace(/\/+$/, "");
    this.#call = connect(base, options);
  }

  /** True when the service answers that it is ready; false when it says that it is not yet. */
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
   * Deploys a project and tells how it goes; the last event is `deployed` or `error`.
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

  /** Installs the dependencies of an API again and tells how it goes, as {@link deploy} does. */
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

  /** Checks a submission and starts nothing: one path a line, then `validations passed`. */
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

  /** A new job over the items of a finished one that have no output. */
  retry(endpoint: string, id: string, options: SubmitOptions = {}): Promise<JobView> {
    const request = { ...signalOf(options), headers: idempotency(options) };
    return json(madeOrKnown(this.#call("retryJob", { ...request, path: { endpoint, id } }), options));
  }

  /** The result rows as bytes of NDJSON, in input order; of a running job, those that are there. */
  async *results(endpoint: string, id: string, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    yield* responseBytes(await this.#call("getJobResults", { ...signalOf(options), path: { endpoint, id } }));
  }

  async *failures(endpoint: string, id: string, options: CallOptions = {}): AsyncGenerator<FailureView> {
    yield* ndjson(await this.#call("getJobFailures", { ...signalOf(options), path: { endpoint, id } }));
  }

  /** Log lines so far; with `follow` also those to come, over as many connections as it takes. */
  logs(endpoint: string, id: string, options: LogsOptions = {}): AsyncGenerator<LogLineView> {
    return jobLogs(this.#call, { endpoint, id }, options);
  }

  /** Status and progress as they change; the last event of a job is `end`. */
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

  /** Failed items by what went wrong, with an example of each. */
  failureGroups(endpoint: string, id: string, options: CallOptions = {}): Promise<FailureGroupsResponse> {
    return json(this.#call("getFailureGroups", { ...signalOf(options), path: { endpoint, id } }));
  }

  /** A link that signs one browser in, once, within a minute. */
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

/** Of a method's options, what every call takes. */
function signalOf({ signal }: CallOptions): CallOptions {
  return { signal };
}

/** With a key of its own where none is given: so the request may be sent again when its connection is lost. */
function idempotency({ idempotencyKey }: SubmitOptions) {
  // Pages have no `randomUUID` unless they came by HTTPS, or from this machine.
  return { "idempotency-key": idempotencyKey ?? globalThis.crypto?.randomUUID?.() };
}

/** A job that is made is answered with 201, one that its key made before with 200. */
async function madeOrKnown(
  answered: Promise<Answer<JobView>>,
  { idempotencyKey, onKnown }: SubmitOptions,
): Promise<Answer<JobView>> {
  const response = await answered;
  if (idempotencyKey !== undefined && response.status === 200) onKnown?.();
  return response;
}
