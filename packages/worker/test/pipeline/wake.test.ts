import test from "ava";
import { Wake } from "../../src/pipeline/wake.ts";

test("wait() ends at the next notify()", async (t) => {
  const wake = new Wake();
  const waited = Promise.all([wake.wait(), wake.wait()]);
  wake.notify();
  await waited;
  t.pass();
});

test("wait() returns at once when notify() came before, but only once", async (t) => {
  const wake = new Wake();
  wake.notify();
  wake.notify();
  await wake.wait();
  const second = await Promise.race([wake.wait(5).then(() => "timeout"), wake.wait(1_000)]);
  t.is(second, "timeout");
});
