import {
  type BatchLedger,
  isTerminal,
  type JobStatus,
  MillraceError,
  type ObjectStore,
  type Source,
} from "@millrace/core";
import { addAttempt, allAttempts, rangeAttempts } from "./attempts.ts";
import { commitGroup } from "./batch-commit.ts";
import type { JobFacts, JobRecords } from "./job-record.ts";
import { checkpointKey, markerKey, markerSortFrom, metaKey, rangePartition, sourceKey } from "./keys.ts";
import { type Marker, markerAttributes, toMarker } from "./markers.ts";
import { mergeShards } from "./merge-shards.ts";
import { sharedProgress, sumProgress } from "./progress.ts";
import { resultBlocks } from "./result-rows.ts";
import { unfinishedBatches } from "./unfinished.ts";

/** What happened to the ranges of a job: one marker each, spread over the job's partitions. */
export function dynamoBatchLedger(
  records: JobRecords,
  { objects, now }: { readonly objects: ObjectStore; readonly now: () => number },
): BatchLedger {
  const { table } = records;
  return {
    addSources: async (jobId, sources) => {
      const facts = await records.facts(jobId);
      await table.writeMany(
        sources.map((source) => ({
          put: { ...sourceKey(facts, source.id), source: JSON.stringify(source) },
        })),
      );
    },
    source: async (jobId, id) => {
      const item = await table.get(sourceKey(await records.facts(jobId), id));
      if (item) return JSON.parse(item.source as string) as Source;
      throw new MillraceError(
        "not_found",
        `Cannot find source ${id} of job "${jobId}": it was never recorded`,
        {
          details: { job_id: jobId, source: id },
        },
      );
    },
    sources: async (jobId) => {
      const items = await Array.fromAsync(mergeShards(table, await records.facts(jobId), { prefix: "S#" }));
      return items.map((item) => JSON.parse(item.source as string) as Source);
    },
    saveCheckpoint: async (jobId, checkpoint) => {
      await records.facts(jobId);
      await table.put({ ...checkpointKey(jobId), checkpoint: JSON.stringify(checkpoint ?? null) });
    },
    checkpoint: async (jobId) => {
      await records.facts(jobId);
      const item = await table.get(checkpointKey(jobId));
      return item && JSON.parse(item.checkpoint as string);
    },
    commit: async (jobId, commits) => {
      const facts = await records.facts(jobId);
      return { outcomes: await commitGroup(table, objects, { facts, commits }) };
    },
    isDone: async (jobId, range) => {
      const marker = await table.get(markerKey(await records.facts(jobId), range));
      return marker?.what === "done";
    },
    split: async (jobId, { first, count }) =>
      splitRange(records, await records.facts(jobId), { first, count }),
    recordAttempt: async (jobId, attempt) => addAttempt(table, await records.facts(jobId), attempt),
    attempts: async (jobId, range) => rangeAttempts(table, await records.facts(jobId), range),
    allAttempts: (jobId) => withFacts(records, jobId, (facts) => allAttempts(table, facts)),
    progress: (jobId, { maxAgeMs = 0 } = {}) =>
      maxAgeMs > 0 ? sharedProgress(records, jobId, { maxAgeMs, now }) : sumProgress(records, jobId),
    results: (jobId, options = {}) =>
      withFacts(records, jobId, (facts) => resultBlocks(objects, jobId, committed(records, facts, options))),
    unfinished: (jobId) => withFacts(records, jobId, (facts) => unfinishedBatches(table, objects, facts)),
  };
}

async function* withFacts<T>(
  records: JobRecords,
  jobId: string,
  work: (facts: JobFacts) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  yield* work(await records.facts(jobId));
}

async function splitRange(
  { table }: JobRecords,
  facts: JobFacts,
  range: { readonly first: number; readonly count: number },
): Promise<boolean> {
  const marker: Marker = { ...range, kind: "split", failedItems: 0, rows: { text: "" } };
  const isOver = await table.get(metaKey(facts.jobId));
  if (!isOver || isTerminal(isOver.status as JobStatus)) return false;
  const item = { ...markerKey(facts, marker), ...markerAttributes(marker) };
  if (await table.put(item, { ConditionExpression: "attribute_not_exists(pk)" })) return true;
  return (await table.get(markerKey(facts, marker)))?.what === "split";
}

/** Markers of committed ranges in input order, starting with the one that contains `from`. */
async function* committed(
  { table }: JobRecords,
  facts: JobFacts,
  {
    from = 0,
    failedOnly = false,
    signal,
  }: { readonly from?: number; readonly failedOnly?: boolean; readonly signal?: AbortSignal },
): AsyncGenerator<Marker> {
  const start = from === 0 ? 0 : await firstBlock(table, facts, from);
  const items = mergeShards(table, facts, {
    prefix: "M#",
    from: markerSortFrom(start),
    filter: {
      expression: `what = :done${failedOnly ? " AND attribute_exists(failed)" : ""}`,
      values: { ":done": "done" },
    },
    signal,
  });
  for await (const item of items) {
    signal?.throwIfAborted();
    yield toMarker(item);
    signal?.throwIfAborted();
  }
}

/** Start of the committed range that contains `from`, or `from` itself if none does. */
async function firstBlock(table: JobRecords["table"], facts: JobFacts, from: number): Promise<number> {
  const before = await Promise.all(
    Array.from({ length: facts.shards }, async (_, shard) => {
      const items = table.query({
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :least AND :from",
        FilterExpression: "what = :done",
        ExpressionAttributeValues: {
          ":pk": rangePartition(facts.jobId, shard),
          ":least": "M#",
          ":from": `${markerSortFrom(from)}~`,
          ":done": "done",
        },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: 20,
      });
      for await (const item of items) return toMarker(item);
      return undefined;
    }),
  );
  const last = before.reduce(
    (best, marker) => (marker && marker.first > (best?.first ?? -1) ? marker : best),
    undefined,
  );
  return last && last.first + last.count > from ? last.first : from;
}
