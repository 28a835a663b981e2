import { leftovers } from "@millrace/chaos";
import type { ExecutionContext } from "ava";
import type { Row } from "./jobs.ts";
import type { Platform } from "./platform.ts";
import { poll } from "./poll.ts";

/** Asserts that every item of `0..count-1` has exactly one row, in input order. */
export function assertEachOnce(t: ExecutionContext, rows: readonly Row[], count: number): void {
  t.is(rows.length, count);
  t.is(
    rows.findIndex(({ index }, i) => index !== i),
    -1,
    "rows are in input order, without gap or repetition",
  );
}

/** Asserts that no worker, predictor or process started by them is left, after waiting some seconds. */
export async function assertScaledToZero(
  t: ExecutionContext,
  platform: Platform,
  options: { readonly withinMs?: number } = {},
): Promise<void> {
  const { withinMs = 120_000 } = options;
  await poll("no process", async () => leftovers(platform.home).length === 0, { deadlineMs: withinMs }).catch(
    () => {},
  );
  t.deepEqual(
    leftovers(platform.home).map(({ command }) => command),
    [],
    "nothing is left running",
  );
}
