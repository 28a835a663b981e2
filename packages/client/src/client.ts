import type {
  ApiListResponse,
  ApiResponse,
  DeployEvent,
  FailureView,
  JobEvent,
  JobListResponse,
  JobStatus,
  JobStatusResponse,
  JobView,
  LogLineView,
  MessageResponse,
  SignInLinkView,
} from "@millrace/core";
import { ClientError } from "./client-error.ts";
import { type FollowLogsOptions, followLogs, type OpenLogs } from "./follow-logs.ts";
import {
  type CallOptions,
  type ClientOptions,
  createSend,
  type RequestBody,
  type RequestOptions,
  type Send,
} from "./http.ts";
import { ndjson, parseJson, responseBytes } from "./lines.ts";
import { serverSentEvents } from "./server-sent-events.ts";
import type { Submission } from "./submission.ts";

export interface JobListQuery {
  readonly api?: string | undefined;
  readonly statuses?: readonly JobStatus[] | undefined;
  /** Every one must match. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** The same key with the same submission gives the same job. */
  readonly idempotencyKey?: string | undefined;
}

export interface LogsOptions extends FollowLogsOptions {
  /** Go on as lines come, until the job is over. */
  readonly follow?: boolean | undefined;
  /** Only these workers' lines. */
  readonly workers?: readonly number[] | undefined;
  /** Only lines from this time on: RFC 3339. */
  readonly since?: string | undefined;
  /** Only so many last lines, of all workers together. */
  readonly tail?: number | undefined;
}

const JSON_TYPE = "application/json";
const NDJSON_TYPE = "application/x-ndjson";
const EVENT_STREAM = "text/event-stream";

/**
 * The REST API of a Millrace service, one method a route. Every method throws {@link ClientError};
 * a call that its signal ended throws the signal's reason.
 */
export class MillraceClient {
  readonly url: string;
  readonly #send: Send;

  constructor(options: ClientOptions) {
    this.url = options.url.replace(/\/+$/, "");
    this.#send = createSend(options);
  }

  /** True when the service answers that it is ready; false when it says that it is not yet. */
  async ready(options: CallOptions = {}): Promise<boolean> {
    const response = await this.#send("GET", "readyz", { ...options, accept: [503] });
    await response.body?.cancel();
    return response.ok;
  }

  /** The OpenAPI document. */
  openapi(options: CallOptions = {}): Promise<Record<string, unknown>> {
    return this.#json("GET", "openapi.json", options);
  }

  apis(options: CallOptions = {}): Promise<ApiListResponse> {
    return this.#json("GET", "apis", options);
  }

  api(name: string, options: CallOptions = {}): Promise<ApiResponse> {
    return this.#json("GET", apiPath(name), options);
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
    return this.#deployEvents("PUT", apiPath(name), {
      ...options,
      query: { config: options.config },
      headers: { "content-type": "application/gzip" },
      body: archive,
    });
  }

  /** Installs the dependencies of an API again and tells how it goes, as {@link deploy} does. */
  refresh(name: string, options: CallOptions = {}): AsyncGenerator<DeployEvent> {
    return this.#deployEvents("POST", `${apiPath(name)}/refresh`, options);
  }

  /** Deletes an API; `force` also stops its active jobs. */
  deleteApi(
    name: string,
    options: CallOptions & { readonly force?: boolean | undefined } = {},
  ): Promise<MessageResponse> {
    return this.#json("DELETE", apiPath(name), { ...options, query: { force: options.force || undefined } });
  }

  submit(endpoint: string, submission: Submission, options: SubmitOptions = {}): Promise<JobView> {
    return this.#json("POST", endpointPath(endpoint), submitRequest(submission, options));
  }

  /** Checks a submission and starts nothing: one path a line, then `validations passed`. */
  async dryRun(endpoint: string, submission: Submission, options: CallOptions = {}): Promise<string> {
    const request = { ...submitRequest(submission, options), query: { dryRun: true } };
    return text(await this.#send("POST", endpointPath(endpoint), request));
  }

  job(endpoint: string, jobId: string, options: CallOptions = {}): Promise<JobStatusResponse> {
    return this.#json("GET", jobPath(endpoint, jobId), options);
  }

  stop(endpoint: string, jobId: string, options: CallOptions = {}): Promise<MessageResponse> {
    return this.#json("DELETE", jobPath(endpoint, jobId), options);
  }

  /** A new job over the items of a finished one that have no output. */
  retry(endpoint: string, jobId: string, options: SubmitOptions = {}): Promise<JobView> {
    return this.#json("POST", `${jobPath(endpoint, jobId)}/retry`, {
      signal: options.signal,
      headers: { "idempotency-key": options.idempotencyKey },
    });
  }

  /** The result rows as bytes of NDJSON, in input order; of a running job, those that are there. */
  async *results(endpoint: string, jobId: string, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    yield* responseBytes(await this.#send("GET", `${jobPath(endpoint, jobId)}/results`, options));
  }

  async *failures(endpoint: string, jobId: string, options: CallOptions = {}): AsyncGenerator<FailureView> {
    yield* ndjson<FailureView>(await this.#send("GET", `${jobPath(endpoint, jobId)}/failures`, options));
  }

  /** Log lines so far; with `follow` also those to come, over as many connections as it takes: see {@link followLogs}. */
  async *logs(endpoint: string, jobId: string, options: LogsOptions = {}): AsyncGenerator<LogLineView> {
    const path = `${jobPath(endpoint, jobId)}/logs`;
    const query = { worker: options.workers?.map(String), since: options.since, tail: options.tail };
    if (options.follow) {
      const open: OpenLogs = ({ lastEventId, isTailKnown, signal }) =>
        this.#send("GET", path, {
          signal,
          query: { ...query, follow: true, ...(isTailKnown && { tail: undefined }) },
          headers: { accept: EVENT_STREAM, "last-event-id": lastEventId },
        });
      return yield* followLogs(open, options);
    }
    const headers = { accept: NDJSON_TYPE };
    yield* ndjson<LogLineView>(await this.#send("GET", path, { signal: options.signal, query, headers }));
  }

  /** Status and progress as they change; the last event of a job is `end`. */
  async *events(
    endpoint: string,
    jobId: string,
    options: CallOptions = {},
  ): AsyncGenerator<{ readonly event: "progress" | "end"; readonly data: JobEvent }> {
    const headers = { accept: EVENT_STREAM };
    const response = await this.#send("GET", `${jobPath(endpoint, jobId)}/events`, { ...options, headers });
    for await (const { event, data } of serverSentEvents(response)) {
      if (event !== "progress" && event !== "end") continue;
      yield { event, data: parseJson<JobEvent>(data, response) };
      if (event === "end") return;
    }
  }

  /** Jobs of all APIs, newest first. */
  jobs(query: JobListQuery = {}, options: CallOptions = {}): Promise<JobListResponse> {
    const labels = Object.entries(query.labels ?? {}).map(([key, value]) => `${key}:${value}`);
    const { api, statuses, limit, cursor } = query;
    return this.#json("GET", "jobs", {
      ...options,
      query: { api, status: statuses, label: labels, limit, cursor },
    });
  }

  /** A link that signs one browser in, once, within a minute. */
  signInLink(options: CallOptions = {}): Promise<SignInLinkView> {
    return this.#json("POST", "session/links", options);
  }

  async #json<Value>(method: string, path: string, options: RequestOptions): Promise<Value> {
    const headers = { accept: JSON_TYPE, ...options.headers };
    const response = await this.#send(method, path, { ...options, headers });
    return parseJson<Value>(await text(response), response);
  }

  async *#deployEvents(method: string, path: string, options: RequestOptions): AsyncGenerator<DeployEvent> {
    const headers = { ...options.headers, accept: NDJSON_TYPE };
    const response = await this.#send(method, path, { ...options, headers });
    for await (const event of ndjson<DeployEvent>(response)) {
      yield event;
      if (event.type !== "output") return;
    }
    throw new ClientError(
      "unreachable",
      `Cannot tell how it ended: ${this.url} closed the connection before its last word, look at the API and try again`,
    );
  }
}

function submitRequest(submission: Submission, options: SubmitOptions): RequestOptions {
  return {
    signal: options.signal,
    headers: { "content-type": JSON_TYPE, "idempotency-key": options.idempotencyKey },
    body: JSON.stringify(submission),
  };
}

/** The whole text of an answer, with a lost connection told as such. */
async function text(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  for await (const chunk of responseBytes(response)) all += decoder.decode(chunk, { stream: true });
  return all + decoder.decode();
}

function apiPath(name: string): string {
  return `apis/${encodeURIComponent(name)}`;
}

function jobPath(endpoint: string, jobId: string): string {
  return `${endpointPath(endpoint)}/${encodeURIComponent(jobId)}`;
}

/** An endpoint may have several segments, as in Cortex. */
function endpointPath(endpoint: string): string {
  return endpoint.split("/").filter(Boolean).map(encodeURIComponent).join("/");
}
