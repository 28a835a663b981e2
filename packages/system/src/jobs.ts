import { createHash } from "node:crypto";
import { isClientError, type Submission } from "@millrace/client";
import { type FailureView, isTerminal, type JobStatusResponse, type LogLineView } from "@millrace/core";
import type { Platform } from "./platform.ts";
import { poll } from "./poll.ts";

/** One line of the results. */
export interface Row {
  readonly index: number;
  readonly id: unknown;
  readonly output?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly attempts: number };
}

/** A job of one API, by its endpoint. */
export interface JobHandle {
  readonly platform: Platform;
  readonly endpoint: string;
  readonly jobId: string;
}

/** A finished job with its status. */
export interface FinishedJob extends JobHandle {
  readonly status: JobStatusResponse;
}

export async function submit(
  platform: Platform,
  endpoint: string,
  submission: Submission,
  options: { readonly idempotencyKey?: string } = {},
): Promise<JobHandle> {
  const { job_id: jobId } = await platform.client.submit(endpoint, submission, options);
  return { platform, endpoint, jobId };
}

/** Submits a job and waits for its end. */
export async function runJob(
  platform: Platform,
  endpoint: string,
  submission: Submission,
  options: { readonly deadlineMs?: number } = {},
): Promise<FinishedJob> {
  return finished(await submit(platform, endpoint, submission), options);
}

/** Waits until the job is over, its workers are gone and its output is written. */
export async function finished(
  job: JobHandle,
  options: { readonly deadlineMs?: number } = {},
): Promise<FinishedJob> {
  const { deadlineMs = 300_000 } = options;
  const status = await poll(`the end of job ${job.jobId}`, () => whenOver(job), { deadlineMs, everyMs: 50 });
  return { ...job, status };
}

async function whenOver(job: JobHandle): Promise<JobStatusResponse | undefined> {
  const status = await patiently(() => statusOf(job));
  if (!status) return undefined;
  const { job_status: view } = status;
  return isTerminal(view.status) && view.output !== null ? status : undefined;
}

/** Like a client that gets a 503: returns undefined, so that the caller retries. */
export async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isClientError(error, "unavailable")) return undefined;
    throw error;
  }
}

export function statusOf({ platform, endpoint, jobId }: JobHandle): Promise<JobStatusResponse> {
  return platform.client.job(endpoint, jobId);
}

/** The results as text. */
export async function resultText({ platform, endpoint, jobId }: JobHandle): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of platform.client.results(endpoint, jobId)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

export async function rowsOf(job: JobHandle): Promise<readonly Row[]> {
  const lines = (await resultText(job)).split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Row);
}

/** SHA-256 of the results' bytes. */
export async function resultDigest({ platform, endpoint, jobId }: JobHandle): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of platform.client.results(endpoint, jobId)) hash.update(chunk);
  return hash.digest("hex");
}

export async function failuresOf({ platform, endpoint, jobId }: JobHandle): Promise<readonly FailureView[]> {
  return Array.fromAsync(platform.client.failures(endpoint, jobId));
}

/** All log lines of the job. */
export async function logOf({ platform, endpoint, jobId }: JobHandle): Promise<string> {
  const lines: readonly LogLineView[] = await Array.fromAsync(platform.client.logs(endpoint, jobId));
  return lines.map(({ text }) => text).join("\n");
}

/** A submission of the items 0..count-1. */
export function numbers(count: number, more: Partial<Submission> & { batch_size?: number } = {}): Submission {
  const { batch_size = 10, ...fields } = more;
  const items = Array.from({ length: count }, (_, i) => i);
  return { workers: 1, item_list: { items, batch_size }, ...fields };
}
