import type { JobFacts } from "./job-record.ts";
import { rangePartition } from "./keys.ts";
import type { Item, LedgerTable } from "./table.ts";

/** Items per page. Two pages are held per partition: with 64 partitions, about 40 MB at most. */
const PAGE_ITEMS = 256;

export interface ShardQuery {
  /** First letter of the sort keys: `M#`, `A#`. */
  readonly prefix: string;
  /** First sort key, inclusive. @default the prefix */
  readonly from?: string | undefined;
  readonly filter?: {
    readonly expression: string;
    readonly names?: Readonly<Record<string, string>>;
    readonly values?: Readonly<Record<string, unknown>>;
  };
  readonly signal?: AbortSignal | undefined;
}

/** Items of one kind from all partitions of a job's ranges, ordered by sort key. */
export async function* mergeShards(
  table: LedgerTable,
  { jobId, shards }: JobFacts,
  query: ShardQuery,
): AsyncGenerator<Item> {
  const streams = Array.from({ length: shards }, (_, shard) =>
    shardItems(table, rangePartition(jobId, shard), query),
  );
  try {
    const heads = await Promise.all(streams.map((stream) => stream.next()));
    for (;;) {
      query.signal?.throwIfAborted();
      const at = leastOf(heads);
      const head = heads[at];
      if (!head || head.done) return;
      yield head.value;
      heads[at] = await (streams[at] as AsyncGenerator<Item>).next();
    }
  } finally {
    await Promise.all(streams.map((stream) => stream.return(undefined)));
  }
}

/** With at most 64 heads, a scan is as fast as a heap, and shorter. */
function leastOf(heads: readonly IteratorResult<Item, unknown>[]): number {
  let least = -1;
  for (const [i, head] of heads.entries()) {
    if (head.done) continue;
    const best = heads[least];
    if (!best || best.done || head.value.sk < best.value.sk) least = i;
  }
  return least;
}

function shardItems(table: LedgerTable, pk: string, { prefix, from, filter }: ShardQuery) {
  const input = {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
    ...(filter && { FilterExpression: filter.expression }),
    ...(filter?.names && { ExpressionAttributeNames: { ...filter.names } }),
    ExpressionAttributeValues: {
      ":pk": pk,
      ":from": from ?? prefix,
      // "~" sorts after every digit and "#".
      ":to": `${prefix}~`,
      ...filter?.values,
    },
    ConsistentRead: true,
    Limit: PAGE_ITEMS,
  };
  return table.query(input, { ahead: true });
}
