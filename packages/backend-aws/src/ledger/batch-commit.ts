import { type BatchCommit, type CommitOutcome, failedRanges, type ObjectStore } from "@millrace/core";
import { placeRows } from "./group-rows.ts";
import type { JobFacts } from "./job-record.ts";
import { markerKey, workerKey } from "./keys.ts";
import { checkWorker } from "./ledger-workers.ts";
import { type Marker, markerAttributes, outcomeAt } from "./markers.ts";
import type { LedgerTable, Refusal, TransactItem } from "./table.ts";

/** Maximum operations per DynamoDB transaction. */
const MAX_OPERATIONS = 100;

/** A commit in progress: the request, its marker, and its position in the group. */
interface Pending {
  readonly at: number;
  readonly commit: BatchCommit;
  readonly marker: Marker;
}

/**
 * Commits a group. First writes the rows, which nothing refers to yet; then transactions, each of which marks up to 99
 * ranges done and adds them to their worker's row. A marker is written once, so a range counts once, however often it
 * is delivered.
 */
export async function commitGroup(
  table: LedgerTable,
  objects: ObjectStore,
  { facts, commits }: { readonly facts: JobFacts; readonly commits: readonly BatchCommit[] },
): Promise<readonly CommitOutcome[]> {
  for (const commit of commits) checkCommit(commit, facts.spec.workers);
  const unique = firstOfEach(commits);
  const places = await placeRows(
    objects,
    facts.jobId,
    unique.map(({ commit }) => commit),
  );
  const pending = unique.map(({ commit, at }, i): Pending => {
    const { batch, failedItems, failed } = commit;
    const { first, count } = batch;
    return {
      at,
      commit,
      marker: {
        first,
        count,
        kind: "done",
        failedItems,
        ...(failed && { failed }),
        rows: places[i] ?? { text: "" },
      },
    };
  });
  const outcomes = new Map<string, CommitOutcome>();
  for (const chunk of chunks(pending)) {
    for (const [i, outcome] of (await commitChunk(table, facts, chunk)).entries()) {
      outcomes.set(rangeOf((chunk[i] as Pending).commit), outcome);
    }
  }
  return commits.map((commit, at) => {
    const outcome = outcomes.get(rangeOf(commit)) as CommitOutcome;
    const isFirst = unique.some((one) => one.at === at);
    return isFirst || outcome !== "committed" ? outcome : "duplicate";
  });
}

function checkCommit(commit: BatchCommit, workers: number): void {
  checkWorker(commit.worker, workers);
  failedRanges(commit);
}

const rangeOf = ({ batch }: BatchCommit) => `${batch.first}-${batch.count}`;

/** A range may be in a group twice, but a transaction must not name an item twice. */
function firstOfEach(
  commits: readonly BatchCommit[],
): { readonly commit: BatchCommit; readonly at: number }[] {
  const seen = new Set<string>();
  return commits.flatMap((commit, at) => {
    if (seen.has(rangeOf(commit))) return [];
    seen.add(rangeOf(commit));
    return [{ commit, at }];
  });
}

function* chunks(pending: readonly Pending[]): Generator<readonly Pending[]> {
  let chunk: Pending[] = [];
  const workers = new Set<number>();
  for (const one of pending) {
    const operations = chunk.length + 1 + new Set([...workers, one.commit.worker]).size;
    if (operations > MAX_OPERATIONS) {
      yield chunk;
      chunk = [];
      workers.clear();
    }
    chunk.push(one);
    workers.add(one.commit.worker);
  }
  if (chunk.length > 0) yield chunk;
}

/** Retries with the rest of the chunk until nothing is rejected any more. */
async function commitChunk(
  table: LedgerTable,
  facts: JobFacts,
  chunk: readonly Pending[],
): Promise<readonly CommitOutcome[]> {
  const outcomes = new Map<Pending, CommitOutcome>();
  let left = chunk;
  while (left.length > 0) {
    const refusals = await table.transact([
      ...left.map(({ marker }) => markerPut(table, facts, marker)),
      ...workerCounts(table, facts, left),
    ]);
    if (!refusals) {
      for (const one of left) outcomes.set(one, "committed");
      break;
    }
    if (refusals.slice(left.length).some(isRefused)) {
      for (const one of left) {
        outcomes.set(one, outcomeAt(await table.get(markerKey(facts, one.marker))));
      }
      break;
    }
    left = left.filter((one, i) => {
      const refusal = refusals[i];
      if (!refusal || !isRefused(refusal)) return true;
      outcomes.set(one, outcomeAt(refusal.item));
      return false;
    });
  }
  return chunk.map((one) => outcomes.get(one) as CommitOutcome);
}

const isRefused = ({ code }: Refusal) => code === "ConditionalCheckFailed";

function markerPut(table: LedgerTable, facts: JobFacts, marker: Marker): TransactItem {
  return {
    Put: {
      TableName: table.name,
      Item: { ...markerKey(facts, marker), ...markerAttributes(marker) },
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

interface Counts {
  succeededItems: number;
  failedItems: number;
  succeededBatches: number;
  failedBatches: number;
  predictMs: number;
}

/** Adds to the rows of the chunk's workers; rejected once the job is over. */
function workerCounts(table: LedgerTable, { jobId }: JobFacts, chunk: readonly Pending[]): TransactItem[] {
  const workers = new Map<number, Counts>();
  for (const { commit } of chunk) {
    const { batch, failedItems, predictMs, worker } = commit;
    const counts = workers.get(worker) ?? {
      succeededItems: 0,
      failedItems: 0,
      succeededBatches: 0,
      failedBatches: 0,
      predictMs: 0,
    };
    workers.set(worker, counts);
    counts.succeededItems += batch.count - failedItems;
    counts.failedItems += failedItems;
    counts[failedItems > 0 ? "failedBatches" : "succeededBatches"] += 1;
    counts.predictMs += predictMs;
  }
  return [...workers].map(([worker, counts]) => ({
    Update: {
      TableName: table.name,
      Key: workerKey(jobId, worker),
      UpdateExpression:
        "SET worker = :worker, fruitless_restarts = :zero ADD succeeded_items :si, failed_items :fi, " +
        "succeeded_batches :sb, failed_batches :fb, predict_ms :ms",
      ConditionExpression: "attribute_not_exists(closed)",
      ExpressionAttributeValues: {
        ":worker": worker,
        ":zero": 0,
        ":si": counts.succeededItems,
        ":fi": counts.failedItems,
        ":sb": counts.succeededBatches,
        ":fb": counts.failedBatches,
        // DynamoDB adds decimals exactly, but accepts at most 38 digits.
        ":ms": Math.round(counts.predictMs * 1_000) / 1_000,
      },
    },
  }));
}
