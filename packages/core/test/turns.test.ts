import test from "ava";
import { Turns } from "../src/mod.ts";

test("run() starts a task when the one before it has settled, also if that failed", async (t) => {
  const turns = new Turns();
  const said: string[] = [];
  const { promise: gate, reject: fail } = Promise.withResolvers<void>();
  const first = turns.run("a", () => gate);
  const second = turns.run("a", async () => {
    said.push("second");
    return 2;
  });
  const other = turns.run("b", async () => {
    said.push("other");
  });
  await other;
  t.deepEqual(said, ["other"], "another key does not wait");
  fail(new Error("no"));
  await t.throwsAsync(first, { message: "no" });
  t.is(await second, 2);
  t.deepEqual(said, ["other", "second"]);
});

test("settled() waits for the tasks of all keys, whether they succeed or fail", async (t) => {
  const turns = new Turns();
  const ended: string[] = [];
  const task = (name: string) => async () => {
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(name);
    if (name === "a2") throw new Error(name);
  };
  const runs = [turns.run("a", task("a1")), turns.run("a", task("a2")), turns.run("b", task("b1"))];
  const results = Promise.allSettled(runs);
  await turns.settled();
  t.deepEqual(ended.sort(), ["a1", "a2", "b1"]);
  t.deepEqual(
    (await results).map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});
