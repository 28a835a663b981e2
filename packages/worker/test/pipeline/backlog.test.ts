import test from "ava";
import { Backlog } from "../../src/pipeline/backlog.ts";
import type { Call, ReadyBatch } from "../../src/pipeline/call.ts";
import { styleOf } from "../support/fake-predictors.ts";

const MIB = 1024 * 1024;

function ready(first: number, bytes = 10, count = 1): ReadyBatch {
  const batch = { first, count, segments: [] };
  return {
    lease: { batch, receipt: `receipt-${first}`, receiveCount: 1 },
    items: new Array(count).fill("x".repeat(bytes)),
    halves: () => [batch, batch],
  };
}

test("room() starts with the prefetched batches and the one being predicted", (t) => {
  t.is(new Backlog(2).room(0), 3);
  t.is(new Backlog(2).room(3), 0);
});

test("room() grows when batches are short, up to a limit", (t) => {
  const backlog = new Backlog(2);
  for (let i = 0; i < 50; i++) backlog.learn(0.001);
  t.true(backlog.room(0) > 100);
  t.true(backlog.room(0) <= 512);
  t.true(backlog.window() > 2);
});

test("room() stays at the prefetch when batches are long", (t) => {
  const backlog = new Backlog(4);
  backlog.learn(60_000);
  t.is(backlog.room(0), 5);
  t.is(backlog.window(), 2);
});

test("room() does not count what waits for a delay, up to a limit", (t) => {
  const backlog = new Backlog(2);
  backlog.callAs(styleOf("item", 64));
  for (let i = 0; i < 50; i++) backlog.learn(300);
  const [batch] = [ready(0, 10, 2_000)];
  const room = backlog.room(64);
  t.true(room > 0);
  const put = (from: number, to: number) => {
    for (let position = from; position < to; position++)
      backlog.putBackLater({ batch, positions: [position] }, 3_600_000, () => {});
  };
  put(0, 1_000);
  t.is(backlog.room(64), room);
  put(1_000, 1_024);
  t.is(backlog.room(64), 0);
  t.false(backlog.isEmpty);
});

test("room() leases few batches when they are large, and one when one is too large", (t) => {
  const backlog = new Backlog(2);
  for (let i = 0; i < 50; i++) backlog.learn(0.001);
  for (let i = 0; i < 30; i++) backlog.push([ready(i, 4 * MIB)]);
  t.is(backlog.room(0), 0, "120 MiB wait already");
  while (backlog.take(true));
  t.true(backlog.room(0) >= 1 && backlog.room(0) < 40, `${backlog.room(0)} batches of 4 MiB`);
});

test("putBack() puts a batch where it was", (t) => {
  const backlog = new Backlog(2);
  backlog.push([ready(3), ready(4)]);
  backlog.putBack({ batch: ready(2) });
  backlog.putBack({ batch: ready(1) });
  t.deepEqual(
    [1, 2, 3, 4].map(() => backlog.take(true)?.batch.lease.batch.first),
    [1, 2, 3, 4],
  );
});

test("drop() removes the batch of a lost lease and no others", (t) => {
  const backlog = new Backlog(2);
  backlog.push([ready(1), ready(2)]);
  backlog.drop("receipt-1");
  backlog.drop("unknown");
  t.is(backlog.size, 1);
  t.is(backlog.take(true)?.batch.lease.batch.first, 2);
});

test("take() returns suspects last and alone, least tried first", (t) => {
  const backlog = new Backlog(2);
  backlog.push([{ ...ready(0), suspectAttempts: 2 }, { ...ready(1), suspectAttempts: 0 }, ready(2)]);
  const firstOf = (call: Call | undefined) => call?.batch.lease.batch.first;
  t.is(firstOf(backlog.take(false)), 2);
  t.is(firstOf(backlog.take(false)), undefined, "others are being predicted");
  t.is(firstOf(backlog.take(true)), 1);
  t.is(firstOf(backlog.take(true)), 0);
  t.is(backlog.size, 0);
});

test("take() hands a batch out in parts of at most the limit, which may shrink meanwhile", (t) => {
  const backlog = new Backlog(2);
  const positionsOf = (call: Call | undefined) => call?.positions;
  backlog.push([ready(0, 10, 9), ready(9, 10, 4)]);
  backlog.limitItems(4);
  t.is(backlog.size, 2);
  t.deepEqual(positionsOf(backlog.take(false)), [0, 1, 2, 3]);
  t.is(backlog.size, 3, "two parts and a batch");
  t.deepEqual(
    backlog.batches().map(({ lease }) => lease.batch.first),
    [0, 9],
  );
  backlog.limitItems(2);
  t.deepEqual(positionsOf(backlog.take(false)), [4, 5]);
  backlog.putBack({ batch: ready(0, 10, 9), positions: [0, 1, 2] });
  t.deepEqual(positionsOf(backlog.take(false)), [6, 7]);
  t.deepEqual(positionsOf(backlog.take(false)), [8]);
  t.deepEqual(positionsOf(backlog.take(false)), [0, 1]);
  t.deepEqual(positionsOf(backlog.take(false)), [2]);
  backlog.limitItems(4);
  t.is(positionsOf(backlog.take(false)), undefined, "the batch of four is small enough");
  t.true(backlog.isEmpty);
});

test("take() hands the parts of a suspect out alone, and drop() drops the rest", (t) => {
  const backlog = new Backlog(2);
  backlog.limitItems(2);
  backlog.push([{ ...ready(0, 10, 6), suspectAttempts: 0 }]);
  t.is(backlog.take(false), undefined);
  t.true(backlog.take(true)?.isAlone);
  t.is(backlog.take(false), undefined, "its first part is in flight");
  t.true(backlog.take(true)?.isAlone);
  backlog.drop("receipt-0");
  t.is(backlog.take(true), undefined);
});

test("room() leases fewer batches when each is several calls", (t) => {
  const [whole, parts] = [new Backlog(2), new Backlog(2)];
  for (const backlog of [whole, parts]) {
    for (let i = 0; i < 50; i++) {
      backlog.learn(0.1);
      backlog.push([ready(i, 10, 64)]);
      backlog.take(false);
    }
  }
  parts.limitItems(8);
  t.true(parts.room(0) < whole.room(0) / 4, `${parts.room(0)} of ${whole.room(0)}`);
});
