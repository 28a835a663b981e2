import { forEachAtOnce, type ItemRange } from "@millrace/core";
import { releasedKey } from "./keys.ts";
import type { LedgerTable } from "./table.ts";

/**
 * How often batches were given back without having been begun. SQS counts every delivery and takes none back, but a batch
 * that came back from a worker that was told to leave is no suspect.
 */
export class ReleasedCounts {
  readonly #table: LedgerTable;

  constructor(table: LedgerTable) {
    this.#table = table;
  }

  async add(jobId: string, ranges: readonly ItemRange[]): Promise<void> {
    await forEachAtOnce(ranges, (range) =>
      this.#table.update(releasedKey(jobId, range), {
        UpdateExpression: "ADD released :one",
        ExpressionAttributeValues: { ":one": 1 },
      }),
    );
  }

  /** By `<first>-<count>`; at most 100 ranges. */
  async of(jobId: string, ranges: readonly ItemRange[]): Promise<ReadonlyMap<string, number>> {
    const keys = new Map(ranges.map((range) => [releasedKey(jobId, range).sk, releasedKey(jobId, range)]));
    const items = keys.size === 0 ? [] : await this.#table.getMany([...keys.values()]);
    return new Map(items.map((item) => [item.sk.replace("#", "-"), item.released as number]));
  }
}
