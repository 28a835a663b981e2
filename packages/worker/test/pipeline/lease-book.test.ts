import test from "ava";
import { LeaseBook } from "../../src/pipeline/lease-book.ts";
import { openBench } from "../support/job-bench.ts";

const { signal } = new AbortController();

test("lease() records leases, and renew() keeps them", async (t) => {
  const bench = await openBench({ items: 3 });
  const book = new LeaseBook(bench.worker());
  t.deepEqual(await book.renew(), []);
  await book.lease(2, signal);
  t.is(book.size, 2);
  for (let beat = 0; beat < 3; beat++) {
    bench.advance(20_000);
    t.deepEqual(await book.renew(), []);
  }
  t.deepEqual(await bench.counts(), { queued: 1, leased: 2 });
});

test("renew() returns lost leases, and forgets them", async (t) => {
  const bench = await openBench({ items: 2 });
  const book = new LeaseBook(bench.worker());
  const [first] = await book.lease(1, signal);
  bench.advance(31_000);
  const [taken] = await bench.leaseAs(1);
  t.deepEqual(await book.renew(), [first?.receipt]);
  t.is(book.size, 0);
  await book.releaseAll([]);
  await book.ack([first?.receipt ?? ""]);
  t.deepEqual(await bench.counts(), { queued: 1, leased: 1 }, "what is another's stays another's");
  t.is(taken?.receiveCount, 2);
});

test("ack() removes batches for good, once", async (t) => {
  const bench = await openBench({ items: 2 });
  const book = new LeaseBook(bench.worker());
  const leases = await book.lease(2, signal);
  await book.ack([leases[0]?.receipt ?? "", "unknown"]);
  await book.ack([leases[0]?.receipt ?? ""]);
  t.is(book.size, 1);
  t.deepEqual(await bench.counts(), { queued: 0, leased: 1 });
});

test("ack() keeps the leases when the queue cannot be written, so that they are renewed", async (t) => {
  const bench = await openBench({ items: 1 });
  const book = new LeaseBook(bench.worker());
  const [lease] = await book.lease(1, signal);
  Object.assign(bench.backend.queue, { ack: () => Promise.reject(new Error("busy")) });
  await t.throwsAsync(book.ack([lease?.receipt ?? ""]), { message: "busy" });
  t.is(book.size, 1);
});

test("release() releases batches, and does not count unstarted ones", async (t) => {
  const bench = await openBench({ items: 2 });
  const book = new LeaseBook(bench.worker());
  const [begun, unstarted] = await book.lease(2, signal);
  await book.release([begun?.receipt ?? ""], { delayMs: 500 });
  await book.release([unstarted?.receipt ?? ""], { unstarted: true });
  t.is(book.size, 0);
  t.deepEqual(bench.retryDelaysMs, [500]);
  const again = await bench.leaseAs(1, 2);
  t.deepEqual(
    again.map(({ first, receiveCount }) => [first, receiveCount]),
    [
      [0, 2],
      [1, 1],
    ],
  );
});

test("releaseAll() releases everything, and does not count batches in line", async (t) => {
  const bench = await openBench({ items: 3 });
  const book = new LeaseBook(bench.worker());
  const [, ...inLine] = await book.lease(3, signal);
  await book.releaseAll(inLine);
  const again = await bench.leaseAs(1, 3);
  t.deepEqual(
    again.map(({ receiveCount }) => receiveCount),
    [2, 1, 1],
  );
});
