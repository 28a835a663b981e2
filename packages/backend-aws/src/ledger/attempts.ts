import { randomUUID } from "node:crypto";
import type { Attempt, ItemRange } from "@millrace/core";
import type { JobFacts } from "./job-record.ts";
import { attemptKey, attemptPrefix } from "./keys.ts";
import { mergeShards } from "./merge-shards.ts";
import type { Item, LedgerTable } from "./table.ts";

/** Longer messages and tracebacks are truncated: an item holds at most 400 KB. */
const TEXT_CHARACTERS = 50_000;

/** Adds an attempt with the next free number, and returns that number. */
export async function addAttempt(
  table: LedgerTable,
  facts: JobFacts,
  attempt: Omit<Attempt, "attempt">,
): Promise<number> {
  // Identifies this attempt: an SDK retry after a lost answer must not count it twice.
  const token = randomUUID();
  const before = await rangeAttempts(table, facts, attempt);
  for (let number = before.length + 1; ; number++) {
    const key = attemptKey(facts, attempt, number);
    const item = { ...key, ...attributesOf(attempt), attempt: number, attempt_token: token };
    if (await table.put(item, { ConditionExpression: "attribute_not_exists(pk)" })) return number;
    if ((await table.get(key))?.attempt_token === token) return number;
  }
}

/** Attempts of exactly this range, oldest first. */
export async function rangeAttempts(
  table: LedgerTable,
  facts: JobFacts,
  range: ItemRange,
): Promise<readonly Attempt[]> {
  const { pk } = attemptKey(facts, range, 0);
  const items = await Array.fromAsync(table.partition(pk, attemptPrefix(range)));
  return items.map(toAttempt);
}

/** Every attempt of the job, ordered by range and attempt. */
export async function* allAttempts(table: LedgerTable, facts: JobFacts): AsyncGenerator<Attempt> {
  for await (const item of mergeShards(table, facts, { prefix: "A#" })) yield toAttempt(item);
}

function attributesOf({ first, count, worker, endedAtMs, error }: Omit<Attempt, "attempt">) {
  const { message, traceback, ...rest } = error;
  const kept = {
    ...rest,
    message: cut(message),
    ...(traceback !== undefined && { traceback: cut(traceback) }),
  };
  return { first, count, worker, ended_at: endedAtMs, error: JSON.stringify(kept) };
}

/** The end of a traceback says what went wrong, the beginning where. */
function cut(text: string): string {
  if (text.length <= TEXT_CHARACTERS) return text;
  const half = TEXT_CHARACTERS / 2;
  return `${text.slice(0, half)}\n… ${text.length - TEXT_CHARACTERS} characters left out …\n${text.slice(-half)}`;
}

function toAttempt(item: Item): Attempt {
  return {
    first: item.first as number,
    count: item.count as number,
    attempt: item.attempt as number,
    worker: item.worker as number,
    endedAtMs: item.ended_at as number,
    error: JSON.parse(item.error as string) as Attempt["error"],
  };
}
