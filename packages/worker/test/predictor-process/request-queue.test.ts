import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { type Request, RequestQueue } from "../../src/predictor-process/request-queue.ts";

const request = (seq: number): Request => ({
  kind: "predict",
  seq,
  doing: `predicting batch ${seq}`,
  itemCount: 1,
  timeoutMs: 60_000,
  resolve: () => {},
  reject: () => {},
});

test("RequestQueue frees answered requests, also when it is never empty", async (t) => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const queue = new RequestQueue(() => {});
  const answered = answerMany(queue, 1_000);
  // What was looked at through a reference is kept to the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  t.is(answered.filter((reference) => reference.deref() !== undefined).length, 0);
  t.deepEqual(
    queue.drain().started.map(({ seq }) => seq),
    [1_000],
  );
  t.is(queue.oldest, undefined);
});

/** With one request always left. */
function answerMany(queue: RequestQueue, count: number): readonly WeakRef<Request>[] {
  queue.add(request(0));
  return Array.from({ length: count }, (_, i) => {
    queue.add(request(i + 1));
    const oldest = queue.oldest as Request;
    queue.remove(oldest);
    return new WeakRef(oldest);
  });
}
