import { randomBytes } from "node:crypto";
import { type BatchCommit, batchId, type ObjectStore, writeObject } from "@millrace/core";
import type { RowsPlace } from "./markers.ts";

/**
 * Rows up to this size are kept in the marker: an item's first kilobyte is paid for anyhow, and neither a PUT nor a GET
 * is needed.
 */
const INLINE_BYTES = 700;

/**
 * Puts the rows of a group of batches where they stay: small ones with their markers, the rest into one object, since a
 * PUT costs as much as ten thousand of its bytes. Its name is used once; only a marker makes its bytes count.
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
