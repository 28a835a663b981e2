import { errorRow } from "@millrace/core";
import test from "ava";
import type { FailedBlock } from "../../src/failures/failed-blocks.ts";
import { groupFailures, kindOf } from "../../src/failures/group-failures.ts";

async function* blocks(messages: Iterable<string>): AsyncGenerator<FailedBlock> {
  let first = 0;
  for (const message of messages) {
    const rows = `${errorRow(first, "null", { code: "predictor_error", message, attempts: 1 })}\n`;
    yield { block: { first, count: 1, failedItems: 1, rows }, batch: undefined };
    first += 1;
  }
}

test("kindOf() removes what differs between errors of one kind", (t) => {
  t.is(kindOf("cannot identify image file '/data/a b.png'"), "cannot identify image file …");
  t.is(kindOf('KeyError: "width" at 0x7f3a'), "KeyError: … at …");
  t.is(kindOf("No such file: /data/2024/x.png"), "No such file: …");
  t.is(kindOf("took 12.5 s, more than 10"), "took … s, more than …");
  t.is(kindOf("and/or is no path"), "and/or is no path");
  t.is(kindOf("x".repeat(400)).length, 301);
});

test("groupFailures() counts each kind, the largest first, with its first item as the example", async (t) => {
  const messages = ["bad 1", "no file '/a'", "bad 2", "bad 3"];
  const { groups, items, isComplete } = await groupFailures(blocks(messages), 50);
  t.deepEqual(
    groups.map(({ message, items, example }) => [message, items, example.block.first]),
    [
      ["bad …", 3, 0],
      ["no file …", 1, 1],
    ],
  );
  t.is(items, 4);
  t.true(isComplete);
});

test("groupFailures() says when there is more than it shows", async (t) => {
  const letters = Array.from(
    { length: 60 },
    (_, i) => `kind ${"abcdefghijklmnopqrstuvwxyz".repeat(3).slice(i)}`,
  );
  const cut = await groupFailures(blocks(letters), 50);
  t.is(cut.groups.length, 50);
  t.false(cut.isComplete);
  let taken = 0;
  const endless = function* () {
    for (;;) yield `bad ${taken++}`;
  };
  const many = await groupFailures(blocks(endless()), 50);
  t.false(many.isComplete);
  t.is(many.items, 100_000);
  t.is(many.groups[0]?.items, 100_000);
});
