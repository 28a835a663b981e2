import {
  type BatchDescriptor,
  batchId,
  decodeBatch,
  encodeBatch,
  type ObjectStore,
  textChunks,
  writeObject,
} from "@millrace/core";

/** Number of plan objects fetched ahead. */
const READ_AHEAD = 8;

/**
 * The durable list of a job's batches. A queue forgets what was received, and is deleted with the job, but unfinished
 * batches must still be known. Each send first writes one object of descriptors, before the queue gets them: the
 * enqueuer writes `plan/<first batch>-<batches>.txt`, and split batches go to `parts/…`.
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
    // An enqueuer that resumes sends the same batches under the same name.
    const uri = objects.jobUri(jobId, `${folder}/${batchId(first)}-${own.length}.txt`);
    const text = `${own.map(encodeBatch).join("\n")}\n`;
    await writeObject(objects, uri, { chunks: textChunks([text]) });
  }
}

/** The batches that the enqueuer made, in input order, each once. */
export async function* plannedBatches(objects: ObjectStore, jobId: string): AsyncGenerator<BatchDescriptor> {
  let next = 0;
  for await (const batch of planObjects(objects, objects.jobUri(jobId, "plan/"))) {
    // A step that was sent twice may have been cut at another point the second time.
    if (batch.first < next) continue;
    next = batch.first + batch.count;
    yield batch;
  }
}

/** Batches that were split from larger ones, ordered by their first item; a batch may appear more than once. */
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
