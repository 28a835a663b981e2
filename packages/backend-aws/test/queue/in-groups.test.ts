import test from "ava";
import { CALL_BYTES, type FailedEntry, inGroups } from "../../src/queue/in-groups.ts";

/** Calls that answer what a test wants of each entry's nth try. */
function recorder(answer: (entry: number, attempt: number) => Partial<FailedEntry> | undefined) {
  const calls: (readonly number[])[] = [];
  const tries = new Map<number, number>();
  const call = async (entries: readonly { readonly id: string; readonly entry: number }[]) => {
    calls.push(entries.map(({ entry }) => entry));
    const Failed = entries.flatMap(({ id, entry }) => {
      const attempt = (tries.get(entry) ?? 0) + 1;
      tries.set(entry, attempt);
      const failed = answer(entry, attempt);
      return failed ? [{ Id: id, Code: "X", ...failed }] : [];
    });
    // Of all taken there is no list at all.
    return Failed.length > 0 ? { Failed } : {};
  };
  return { call, calls };
}

const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);

test("inGroups() makes calls of at most ten entries, and returns none of those that were accepted", async (t) => {
  const { call, calls } = recorder(() => undefined);
  t.deepEqual(await inGroups(upTo(25), { call }), []);
  t.deepEqual(calls, [upTo(10), upTo(20).slice(10), upTo(25).slice(20)]);
  t.deepEqual(await inGroups([], { call }), []);
  t.is(calls.length, 3);
});

test("inGroups() keeps a call under its byte limit, and sends an entry of that size alone", async (t) => {
  const { call, calls } = recorder(() => undefined);
  const bytesOf = (entry: number) => (entry === 5 ? CALL_BYTES : CALL_BYTES / 4);
  await inGroups(upTo(12), { call, bytesOf });
  t.deepEqual(calls, [[0, 1, 2, 3], [4], [5], [6, 7, 8, 9], [10, 11]]);
});

test("semantic 4: inGroups() sends again exactly what failed by SQS's own fault", async (t) => {
  const { call, calls } = recorder((entry, attempt) =>
    entry % 6 === 1 && attempt <= 2 ? { SenderFault: false } : undefined,
  );
  t.deepEqual(await inGroups(upTo(20), { call }), []);
  t.deepEqual(calls, [upTo(10), upTo(20).slice(10), [1, 7, 13, 19], [1, 7, 13, 19]]);
});

test("semantic 4: inGroups() returns the sender's faults at once, and the rest after six tries", async (t) => {
  const { call, calls } = recorder((entry) => (entry < 2 ? { SenderFault: entry === 0 } : undefined));
  const refused = await inGroups(upTo(3), { call });
  t.deepEqual(
    refused.map(({ entry, why }) => [entry, why.SenderFault]),
    [
      [0, true],
      [1, false],
    ],
  );
  t.deepEqual(calls, [upTo(3), [1], [1], [1], [1], [1]]);
});
