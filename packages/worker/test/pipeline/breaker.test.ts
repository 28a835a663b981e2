import { silentLogger } from "@millrace/core";
import test from "ava";
import type { WorkerContext } from "../../src/context/worker-context.ts";
import { Breaker, type FailedAttempt } from "../../src/pipeline/breaker.ts";

function breaker({ succeeded = 0, kind = "item_list" } = {}): Breaker {
  const progress = async () => ({ succeededItems: succeeded });
  const context = { backend: { ledger: { batches: { progress } } }, job: { dataset: { kind } } };
  return new Breaker({ ...context, logger: silentLogger } as unknown as WorkerContext, async () => {});
}

const error = (message: string, type = "KeyError") => ({ code: "predictor_error", type, message });
const whole: FailedAttempt = { items: 1, isBisected: false, attempts: 3, isExhausted: true };
const single: FailedAttempt = { items: 1, isBisected: true, attempts: 1, isExhausted: false };

/** How many failures it takes; undefined when a thousand do not. */
async function takes(
  tested: Breaker,
  fail: (n: number) => readonly [FailedAttempt, ReturnType<typeof error>],
): Promise<number | undefined> {
  for (let n = 1; n <= 1_000; n++) {
    const reason = await tested.count(...fail(n));
    if (reason) return n;
  }
  return undefined;
}

test("count() ends a job whose first batches all fail with one error, ignoring details of the item", async (t) => {
  t.is(await takes(breaker(), (n) => [whole, error(`no 'text${n}' in row ${n}`)]), 10);
  t.is(await takes(breaker(), (n) => [single, error(`"${n}" is not [${n}, ${n + 1}]`)]), 3);
  const reason = await breaker().count(
    { ...single, items: 32, isExhausted: true },
    error("one is not enough"),
  );
  t.is(reason, undefined);
});

test("count() needs many more failures when the errors differ", async (t) => {
  const differs = (n: number) => error("odd", n % 2 ? "KeyError" : "TypeError");
  t.is(await takes(breaker(), (n) => [whole, differs(n)]), 101);
  t.is(await takes(breaker(), (n) => [{ ...single, isExhausted: true }, differs(n)]), 11);
});

test("count() ignores repeated tries of one range, and batches that may be tried again", async (t) => {
  t.is(await takes(breaker(), (n) => [{ ...single, attempts: n + 1 }, error("x")]), undefined);
  t.is(await takes(breaker(), (n) => [{ ...whole, attempts: n, isExhausted: false }, error("x")]), undefined);
  // One in ten items is bad: no batch of 64 succeeds, but halves of them will.
  t.is(await takes(breaker(), () => [{ ...single, items: 64, isExhausted: true }, error("x")]), 641);
});

test("count() does not end a job in which an item has succeeded, or a retry with its original error", async (t) => {
  t.is(await takes(breaker({ succeeded: 1 }), () => [whole, error("x")]), undefined);
  t.is(await takes(breaker({ kind: "retry" }), () => [whole, error("x")]), 101);
});

test("count() gives the kind of failures and the last error as the reason", async (t) => {
  const tested = breaker();
  for (let n = 0; n < 2; n++) await tested.count(single, error("'text'"));
  const reason = await tested.count(single, error("'text'"));
  t.deepEqual(reason, {
    code: "nothing_succeeds",
    message:
      "Stopped early: the first batches all failed the same way and no item has succeeded; last error: KeyError: 'text'. Fix the predictor, deploy it and retry the job",
  });
});
