import type { Answer } from "./answer.ts";
import { isClientError } from "./client-error.ts";
import { defined } from "./defined.ts";
import { deployEvents } from "./deploy-events.ts";
import type { Operations } from "./generated/operations.ts";
import { type CallOptions, type ClientOptions, connect, parseBase } from "./http.ts";
import { jobLogs, type LogsOptions } from "./job-logs.ts";
import { json, ndjson, parseJson, responseBytes, responseText } from "./read-answer.ts";
import type { RequestBody } from "./request-body.ts";
import { serverSentEvents } from "./server-sent-events.ts";
import type { DeployEvent, FailureView, JobEvent, JobStatus, LogLineView, Submission } from "./types.ts";

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
  readonly #operations: Operations;

  constructor(options: ClientOptions) {
    const base = parseBase(options.url);
    this.url = base.href.replace(/\/+$/, "");
    this.#operations = connect(base, options);
  }

  /** True when the service answers that it is ready; false when it says that it is not yet. */
  async ready(options: CallOptions = {}): Promise<boolean> {
    try {
      const response = await this.#operations.getReadiness(signalOf(options));
      await response.body?.cancel();
      return true;
    } catch (error) {
      if (isClientError(error) && error.status === 503) return false;
      throw error;
    }
  }

  /** The OpenAPI document. */
  openapi(options: CallOptions = {}): Promise<Answer<"getOpenApi">> {
    return json(this.#operations.getOpenApi(signalOf(options)));
  }

  apis(options: CallOptions = {}): Promise<Answer<"listApis">> {
    return json(this.#operations.listApis(signalOf(options)));
  }

  api(name: string, options: CallOptions = {}): Promise<Answer<"getApi">> {
    return json(this.#operations.getApi({ ...signalOf(options), params: { path: { name } } }));
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
    const answered = this.#operations.deployApi({
      ...signalOf(options),
      params: { path: { name }, query: { config: options.config } },
      headers: { accept: NDJSON_TYPE, "content-type": "application/gzip" },
      body: archive,
      bodySerializer: (body) => body,
      ...IN_CHUNKS,
    });
    return deployEvents(answered, this.url);
  }

  /** Installs the dependencies of an API again and tells how it goes, as {@link deploy} does. */
  refresh(name: string, options: CallOptions = {}): AsyncGenerator<DeployEvent> {
    const answered = this.#operations.refreshApi({
      ...signalOf(options),
      params: { path: { name } },
      headers: { accept: NDJSON_TYPE },
    });
    return deployEvents(answered, this.url);
  }

  /** Deletes an API; `force` also stops its active jobs. */
  deleteApi(
    name: string,
    options: CallOptions & { readonly force?: boolean | undefined } = {},
  ): Promise<Answer<"deleteApi">> {
    const query = defined({ force: options.force || undefined });
    return json(this.#operations.deleteApi({ ...signalOf(options), params: { path: { name }, query } }));
  }

  submit(
    endpoint: string,
    submission: Submission,
    options: SubmitOptions = {},
  ): Promise<Answer<"submitJob">> {
    const params = { path: { endpoint }, header: idempotency(options) };
    return json(
      madeOrKnown(this.#operations.submitJob({ ...signalOf(options), params, body: submission }), options),
    );
  }

  /** Checks a submission and starts nothing: one path a line, then `validations passed`. */
  async dryRun(endpoint: string, submission: Submission, options: CallOptions = {}): Promise<string> {
    const params = { path: { endpoint }, query: { dryRun: true } };
    const headers = { accept: "text/plain" };
    const init = { ...signalOf(options), params, headers, body: submission };
    const response = await this.#operations.submitJob(init);
    return responseText(response);
  }

  job(endpoint: string, id: string, options: CallOptions = {}): Promise<Answer<"getJob">> {
    return json(this.#operations.getJob({ ...signalOf(options), params: { path: { endpoint, id } } }));
  }

  stop(endpoint: string, id: string, options: CallOptions = {}): Promise<Answer<"stopJob">> {
    return json(this.#operations.stopJob({ ...signalOf(options), params: { path: { endpoint, id } } }));
  }

  /** A new job over the items of a finished one that have no output. */
  retry(endpoint: string, id: string, options: SubmitOptions = {}): Promise<Answer<"retryJob">> {
    const params = { path: { endpoint, id }, header: idempotency(options) };
    return json(madeOrKnown(this.#operations.retryJob({ ...signalOf(options), params }), options));
  }

  /** The result rows as bytes of NDJSON, in input order; of a running job, those that are there. */
  async *results(endpoint: string, id: string, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    const params = { path: { endpoint, id } };
    const response = await this.#operations.getJobResults({ ...signalOf(options), params });
    yield* responseBytes(response);
  }

  async *failures(endpoint: string, id: string, options: CallOptions = {}): AsyncGenerator<FailureView> {
    const params = { path: { endpoint, id } };
    const response = await this.#operations.getJobFailures({ ...signalOf(options), params });
    yield* ndjson<FailureView>(response);
  }

  /** Log lines so far; with `follow` also those to come, over as many connections as it takes. */
  logs(endpoint: string, id: string, options: LogsOptions = {}): AsyncGenerator<LogLineView> {
    return jobLogs(this.#operations, { endpoint, id }, options);
  }

  /** Status and progress as they change; the last event of a job is `end`. */
  async *events(
    endpoint: string,
    id: string,
    options: CallOptions = {},
  ): AsyncGenerator<{ readonly event: "progress" | "end"; readonly data: JobEvent }> {
    const response = await this.#operations.getJobEvents({
      ...signalOf(options),
      params: { path: { endpoint, id } },
      headers: { accept: "text/event-stream" },
    });
    for await (const { event, data } of serverSentEvents(response)) {
      if (event !== "progress" && event !== "end") continue;
      yield { event, data: parseJson<JobEvent>(data, response) };
      if (event === "end") return;
    }
  }

  /** Failed items by what went wrong, with an example of each. */
  failureGroups(
    endpoint: string,
    id: string,
    options: CallOptions = {},
  ): Promise<Answer<"getFailureGroups">> {
    return json(
      this.#operations.getFailureGroups({ ...signalOf(options), params: { path: { endpoint, id } } }),
    );
  }

  /** A link that signs one browser in, once, within a minute. */
  signInLink(options: CallOptions = {}): Promise<Answer<"createSignInLink">> {
    return json(this.#operations.createSignInLink(signalOf(options)));
  }

  /** Jobs of all APIs, newest first. */
  jobs(
    { api, statuses, labels, search, limit, cursor }: JobListQuery = {},
    options: CallOptions = {},
  ): Promise<Answer<"listJobs">> {
    const label = labels && Object.entries(labels).map(([key, value]) => `${key}:${value}`);
    const query = defined({ api, status: statuses, label, search, limit, cursor });
    return json(this.#operations.listJobs({ ...signalOf(options), params: { query } }));
  }
}

/** A streamed body has no length, and fetch asks for this to send it; browsers' types do not know it. */
const IN_CHUNKS = { duplex: "half" } as const;
const NDJSON_TYPE = "application/x-ndjson";

function signalOf({ signal }: CallOptions) {
  return defined({ signal });
}

/** With a key of its own where none is given: so the request may be sent again when its connection is lost. */
function idempotency({ idempotencyKey }: SubmitOptions) {
  // Pages have no `randomUUID` unless they came by HTTPS, or from this machine.
  return defined({ "Idempotency-Key": idempotencyKey ?? globalThis.crypto?.randomUUID?.() });
}

/** A job that is made is answered with 201, one that its key made before with 200. */
async function madeOrKnown<R extends Response>(
  answered: Promise<R>,
  { idempotencyKey, onKnown }: SubmitOptions,
): Promise<R> {
  const response = await answered;
  if (idempotencyKey !== undefined && response.status === 200) onKnown?.();
  return response;
}
