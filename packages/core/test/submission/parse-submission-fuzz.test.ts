import test from "ava";
import fc from "fast-check";
import { MillraceError } from "../../src/mod.ts";
import { parseSubmission } from "../../src/schemas.ts";
import { api, errorOf, itemList } from "./support.ts";

test("parseSubmission() stays quick and brief when a body has a million mistakes", (t) => {
  const names = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i]));
  const bodies: readonly unknown[] = [
    { workers: 1, item_list: itemList, ...names },
    { workers: 1, item_list: itemList, labels: names },
    { workers: 1, file_path_lister: { s3_paths: Array(1_000_000).fill(1), batch_size: 1 } },
    { workers: 1, file_path_lister: { s3_paths: Array(100_000).fill("x"), batch_size: 1 } },
  ];
  for (const body of bodies) {
    t.true(errorOf(body).message.length < 40_000);
  }
});

test("parseSubmission() does not copy the items", (t) => {
  const item = { deep: [1] };
  t.is(
    parseSubmission({ workers: 1, item_list: { items: [item], batch_size: 1 } }, { api }).items?.[0],
    item,
  );
});

test("parseSubmission() throws nothing but invalid_submission when the body is anything", (t) => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
  const filter = fc.record({
    s3_paths: fc.oneof(anything, fc.array(fc.string())),
    batch_size: anything,
    includes: anything,
  });
  const body = fc.oneof(
    anything,
    fc.record(
      {
        workers: fc.oneof(fc.integer(), anything),
        item_list: fc.record({
          items: fc.oneof(anything, fc.array(anything)),
          batch_size: fc.oneof(fc.nat(), anything),
        }),
        file_path_lister: fc.oneof(anything, filter),
        delimited_files: fc.oneof(anything, filter),
        config: anything,
        labels: fc.oneof(anything, fc.dictionary(fc.string(), anything)),
        timeout: anything,
        on_failure: anything,
        sqs_dead_letter_queue: anything,
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(body, (value) => {
      try {
        JSON.stringify(parseSubmission(value, { api }));
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== "invalid_submission") throw error;
      }
    }),
    { numRuns: 3_000 },
  );
  t.pass();
});
