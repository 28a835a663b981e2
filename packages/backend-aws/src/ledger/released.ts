import { forEachAtOnce, type ItemRange } from "@millrace/core";
import { releasedKey } from "./keys.ts";
import type { LedgerTable } from "./table.ts";

/**
 * How often batches were released without having been started. SQS counts every delivery and cannot undo that, but a
 * batch released by a draining worker is not suspected of ending workers.
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

  /** Keyed by `<first>-<count>`; at most 100 ranges. */
  async of(jobId: string, ranges: readonly ItemRange[]): Promise<ReadonlyMap<string, number>> {
    const keys = new Map(ranges.map((range) => [releasedKey(jobId, range).sk, releasedKey(jobId, range)]));
    const items = keys.size === 0 ? [] : await this.#table.getMany([...keys.values()]);
    return new Map(items.map((item) => [item.sk.replace("#", "-"), item.released as number]));
  }
}
