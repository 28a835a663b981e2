import { forEachAtOnce } from "@millrace/core";

/** Maximum entries of an SQS batch call. */
const GROUP_ENTRIES = 10;
const CALLS_AT_ONCE = 8;
const TRIES = 6;
const FIRST_DELAY_MS = 50;

/** An entry that a batch call reported as failed. */
export interface FailedEntry {
  readonly Id?: string | undefined;
  readonly SenderFault?: boolean | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/** Limit for all entries of a call together, and so for each one: 1 MiB, less the overhead. */
export const CALL_BYTES = 1_000_000;

export interface GroupCall<Entry> {
  /** Size of an entry's body. @default 0: receipts, which are short */
  readonly bytesOf?: (entry: Entry) => number;
  /** Makes the call for up to ten entries, each with the id that identifies it in the answer. */
  readonly call: (
    entries: readonly { readonly id: string; readonly entry: Entry }[],
  ) => Promise<{ readonly Failed?: readonly FailedEntry[] | undefined }>;
}

/** An entry that SQS rejected permanently, or never accepted. */
export interface RefusedEntry<Entry> {
  readonly entry: Entry;
  readonly why: FailedEntry;
}

/**
 * Makes batch calls for all entries, ten at a time. A batch call answers 200 with a list of failed entries. Retries
 * those that failed because of SQS, and returns the others.
 */
export async function inGroups<Entry>(
  entries: readonly Entry[],
  { call, bytesOf = () => 0 }: GroupCall<Entry>,
): Promise<readonly RefusedEntry<Entry>[]> {
  const refused: RefusedEntry<Entry>[] = [];
  let left = entries;
  for (let attempt = 1; left.length > 0; attempt++) {
    const failed: RefusedEntry<Entry>[] = [];
    await forEachAtOnce(
      groupsOf(left, bytesOf),
      async (group) => failed.push(...(await callGroup(group, call))),
      { atOnce: CALLS_AT_ONCE },
    );
    const again = failed.filter(({ why }) => why.SenderFault !== true);
    refused.push(...failed.filter(({ why }) => why.SenderFault === true));
    if (attempt === TRIES) return [...refused, ...again];
    left = again.map(({ entry }) => entry);
    if (left.length > 0) await pause(FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random()));
  }
  return refused;
}

async function callGroup<Entry>(
  group: readonly Entry[],
  call: GroupCall<Entry>["call"],
): Promise<readonly RefusedEntry<Entry>[]> {
  const { Failed = [] } = await call(group.map((entry, i) => ({ id: String(i), entry })));
  return Failed.map((why) => ({ entry: group[Number(why.Id)] as Entry, why }));
}

function groupsOf<Entry>(
  entries: readonly Entry[],
  bytesOf: (entry: Entry) => number,
): readonly (readonly Entry[])[] {
  const groups: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = bytesOf(entry);
    const last = groups.at(-1);
    if (last && last.length < GROUP_ENTRIES && bytes + size <= CALL_BYTES) {
      last.push(entry);
      bytes += size;
    } else {
      groups.push([entry]);
      bytes = size;
    }
  }
  return groups;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
