import { randomBytes } from "node:crypto";
import { type BatchCommit, batchId, type ObjectStore, writeObject } from "@millrace/core";
import type { RowsPlace } from "./markers.ts";

/**
 * Rows up to this size are stored in the marker: an item's first kilobyte is paid for in any case, and this saves a PUT
 * and a GET.
 */
const INLINE_BYTES = 700;

/**
 * Stores the rows of a group of batches: small ones in their markers, the rest in one object, since a PUT costs as much
 * as storing ten thousand bytes. The object's name is unique; its bytes take effect only through a marker.
 */
export async function placeRows(
  objects: ObjectStore,
  jobId: string,
  commits: readonly BatchCommit[],
): Promise<readonly RowsPlace[]> {
  const texts = commits.map(({ rows }) => Buffer.from(rows));
  const large = texts.filter((text) => text.length > INLINE_BYTES);
  const [first] = commits;
  if (large.length === 0 || !first) return commits.map(({ rows }) => ({ text: rows }));
  const name = `results/${batchId(first.batch)}-${randomBytes(6).toString("hex")}.ndjson`;
  await writeObject(objects, objects.jobUri(jobId, name), { chunks: large });
  const objectBytes = large.reduce((sum, text) => sum + text.length, 0);
  let start = 0;
  return texts.map((text, i) => {
    if (text.length <= INLINE_BYTES) return { text: (commits[i] as BatchCommit).rows };
    const place = { object: name, start, end: start + text.length, objectBytes };
    start = place.end;
    return place;
  });
}
