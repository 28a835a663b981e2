import { type BatchDescriptor, batchId, type ObjectStore, textChunks, writeObject } from "@millrace/core";
import { decodeBatch, encodeBatch } from "./descriptor.ts";

/** Plan objects that are read ahead together. */
const READ_AHEAD = 8;

/**
 * The durable list of a job's batches: a queue forgets what is taken from it, and is deleted with the job, but what was
 * never done must still be known. Each send leaves one object of descriptors, before the queue gets them:
 * `plan/<first batch>-<batches>.txt` for the enqueuer's, `parts/…` for those that were split from larger ones.
 */
export async function recordPlan(
  objects: ObjectStore,
  jobId: string,
  batches: readonly BatchDescriptor[],
): Promise<void> {
  const isPart = (batch: BatchDescriptor) => batch.priorAttempts !== undefined;
  for (const folder of ["plan", "parts"] as const) {
    const own = batches.filter((batch) => isPart(batch) === (folder === "parts")).toSorted(inOrder);
    const [first] = own;
    if (!first) continue;
    // Sent again by an enqueuer that resumes, the same batches land on the same name.
    const uri = objects.jobUri(jobId, `${folder}/${batchId(first)}-${own.length}.txt`);
    const text = `${own.map(encodeBatch).join("\n")}\n`;
    await writeObject(objects, uri, { chunks: textChunks([text]) });
  }
}

/** The batches that the enqueuer made, in input order, each once. */
export async function* plannedBatches(objects: ObjectStore, jobId: string): AsyncGenerator<BatchDescriptor> {
  let next = 0;
  for await (const batch of planObjects(objects, objects.jobUri(jobId, "plan/"))) {
    // A step that was sent again may have been cut elsewhere the second time.
    if (batch.first < next) continue;
    next = batch.first + batch.count;
    yield batch;
  }
}

/** Batches that were split from larger ones, by their first item; the same one may come again. */
export function plannedParts(objects: ObjectStore, jobId: string): AsyncGenerator<BatchDescriptor> {
  return planObjects(objects, objects.jobUri(jobId, "parts/"));
}

async function* planObjects(objects: ObjectStore, prefix: string): AsyncGenerator<BatchDescriptor> {
  const ahead: Promise<Uint8Array>[] = [];
  const takeBatches = async () => {
    const text = Buffer.from((await ahead.shift()) as Uint8Array).toString();
    return text.trimEnd().split("\n").map(decodeBatch);
  };
  for await (const { uri } of objects.list(prefix)) {
    const content = objects.read(uri);
    content.catch(() => {});
    ahead.push(content);
    if (ahead.length > READ_AHEAD) yield* await takeBatches();
  }
  while (ahead.length > 0) yield* await takeBatches();
}

function inOrder(a: BatchDescriptor, b: BatchDescriptor): number {
  return a.first - b.first || b.count - a.count;
}
