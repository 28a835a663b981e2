import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { leftovers, type Manifest, type Remains } from "@millrace/chaos";
import { queueOfJob } from "../emulated-sqs.ts";
import { type FinishedJob, resultText } from "../jobs.ts";
import type { Platform } from "../platform.ts";
import { poll } from "../poll.ts";

/** Workers of a finished job exit by themselves or are ended: within the stop grace period plus some seconds. */
const LEAVE_MS = 45_000;

/** What the job has left behind, once all of its processes have had time to exit. */
export async function gatherRemains(
  job: FinishedJob,
  expected: { readonly items: number; readonly cleanRows: string },
): Promise<Remains> {
  const { platform, status } = job;
  const { job_status: view, metrics } = status;
  await poll("the workers' end", async () => leftovers(platform.home).length === 0, {
    deadlineMs: LEAVE_MS,
  }).catch(() => {});
  const processes = leftovers(platform.home).map(({ pid, command }) => `${pid} ${command}`);
  const { manifest, parts } = await readOutput(platform, view.output);
  return {
    ...expected,
    status: view.status_reason === null ? view.status : `${view.status}: ${view.status_reason.message}`,
    counters: metrics.items,
    workerItems: view.worker_states.reduce((sum, one) => sum + one.succeeded_items + one.failed_items, 0),
    rows: await resultText(job),
    manifest,
    parts,
    processes,
    leases: await leasesOf(job),
  };
}

type Output = FinishedJob["status"]["job_status"]["output"];

async function readOutput(platform: Platform, output: Output): Promise<Pick<Remains, "manifest" | "parts">> {
  if (output === null) throw new TypeError("Cannot read the output: the job has none");
  const manifest = JSON.parse(new TextDecoder().decode(await readUri(platform, output.manifest))) as Manifest;
  const parts = new Map<string, Uint8Array>();
  for (const [i, { name }] of manifest.parts.entries()) {
    const uri = output.parts[i];
    if (uri !== undefined) parts.set(name, await readUri(platform, uri));
  }
  return { manifest, parts };
}

async function readUri(platform: Platform, uri: string): Promise<Uint8Array> {
  if (!uri.startsWith("s3://")) return readFile(uri.startsWith("file:") ? new URL(uri) : uri);
  // Any signature works; without one, the request counts as anonymous.
  const authorization = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request";
  const url = `${platform.aws.emulators.s3}/${uri.slice("s3://".length)}`;
  const response = await fetch(url, { headers: { authorization } });
  if (!response.ok) throw new Error(`Cannot read "${uri}": ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Batches that are still queued or leased; the queue is deleted soon after the last worker has exited. */
async function leasesOf(job: FinishedJob): Promise<readonly string[]> {
  const { platform, jobId } = job;
  const file = join(platform.home, "jobs", jobId, "job.db");
  const look = async () => (existsSync(file) ? rowsOfQueue(file) : await remainingQueue(platform, jobId));
  await poll("the end of the queue", async () => (await look()).length === 0).catch(() => {});
  return look();
}

async function remainingQueue(platform: Platform, jobId: string): Promise<readonly string[]> {
  const url = await queueOfJob(platform, jobId);
  return url === undefined ? [] : [`there is still the queue ${url}`];
}

function rowsOfQueue(path: string): readonly string[] {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const rows = file
      .prepare(
        "SELECT first, count, worker FROM queue WHERE worker IS NOT NULL OR NOT EXISTS (SELECT 1 FROM ranges WHERE ranges.first = queue.first)",
      )
      .all();
    return rows.map(({ first, count, worker }) =>
      worker === null
        ? `batch ${first}-${count} is still queued`
        : `worker ${worker} has batch ${first}-${count}`,
    );
  } finally {
    file.close();
  }
}
