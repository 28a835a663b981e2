import type { WorkerBackend } from "../backend.ts";
import type { Job, JobOutput } from "../job.ts";
import { isTerminal, type JobStatus, type StatusReason } from "../job-status.ts";
import { textChunks, writeObject } from "../write-object.ts";
import { type WrittenRows, writeParts } from "./write-parts.ts";

type OutputBackend = Pick<WorkerBackend, "ledger" | "objects">;

/**
 * Writes the available rows of a finished job as parts and `output/manifest.json`, and records the output in the
 * ledger. Repeating it gives the same result.
 *
 * @throws {MillraceError} disk_full, unavailable
 */
export async function composeOutput(backend: OutputBackend, job: Job): Promise<JobOutput> {
  const rows = await writeParts(backend, job);
  const output = await writeManifest(backend, job, { rows, status: job.status });
  await backend.ledger.jobs.setOutput(job.spec.jobId, output);
  return output;
}

/**
 * Ends a job whose rows are written: sets its final status and its output in one step. A job with missing rows does not
 * succeed. Nothing happens if the job is already over: its output is composed during clean-up.
 *
 * @throws {MillraceError} disk_full, unavailable
 */
export async function endWithOutput(
  backend: OutputBackend,
  job: Job,
  options: {
    readonly rows: WrittenRows;
    /** Why the job failed although all its items have rows. */
    readonly failure?: StatusReason | undefined;
    readonly now: () => number;
  },
): Promise<void> {
  const { rows, now } = options;
  const { jobId } = job.spec;
  const { jobs } = backend.ledger;
  // An earlier attempt succeeded, but its response was lost.
  if (isTerminal((await jobs.get(jobId)).status)) return;
  const { status, reason } = await lastStatus(backend, job, options);
  const output = await writeManifest(backend, job, { rows, status });
  if (await jobs.transition(jobId, status, { atMs: now(), output, ...(reason && { reason }) })) return;
  // Somebody stopped the job at this very moment: the manifest must show the same status.
  await writeManifest(backend, job, { rows, status: (await jobs.get(jobId)).status });
}

async function lastStatus(
  backend: OutputBackend,
  job: Job,
  { rows, failure }: { readonly rows: WrittenRows; readonly failure?: StatusReason | undefined },
): Promise<{ readonly status: JobStatus; readonly reason?: StatusReason }> {
  const expected = await expectedRows(backend, job);
  const written = countOf(rows);
  if (expected !== undefined && written !== expected) {
    const message = `Every batch of the job was done, but its results hold ${written} rows, expected ${expected}; submit it again`;
    return { status: "unexpected_error", reason: { code: "state_corrupt", message } };
  }
  if (failure) return { status: "worker_error", reason: failure };
  return { status: rows.failed > 0 ? "completed_with_failures" : "succeeded" };
}

/** A retry's output has the rows of the dataset that the original job read. */
async function expectedRows(
  { ledger }: Pick<OutputBackend, "ledger">,
  job: Job,
): Promise<number | undefined> {
  const { dataset } = job.spec;
  if (dataset.kind !== "retry") return job.totalItems;
  return expectedRows({ ledger }, await ledger.jobs.get(dataset.parentJobId));
}

const countOf = ({ succeeded, failed }: WrittenRows): number => succeeded + failed;

async function writeManifest(
  backend: OutputBackend,
  job: Job,
  { rows, status }: { readonly rows: WrittenRows; readonly status: JobStatus },
): Promise<JobOutput> {
  const { spec } = job;
  const manifest = {
    job_id: spec.jobId,
    api_name: spec.apiName,
    api_id: spec.apiVersion,
    parent_job_id: spec.dataset.kind === "retry" ? spec.dataset.parentJobId : null,
    status,
    rows: countOf(rows),
    succeeded: rows.succeeded,
    failed: rows.failed,
    /** True when every item of the dataset has its row. */
    complete: countOf(rows) === (await expectedRows(backend, job)),
    parts: rows.parts,
  };
  const manifestUri = backend.objects.jobUri(spec.jobId, "output/manifest.json");
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeObject(backend.objects, manifestUri, { chunks: textChunks([text]) });
  return { manifestUri, partUris: rows.parts.map((part) => part.uri) };
}
