import test from "ava";
import { errorRows, outputRows } from "../../src/pipeline/rows.ts";

const batch = { first: 5, count: 2, segments: [] };
const items = ['{"custom_id":"a"}', "7"];
const predictMs = 1;

test("outputRows() writes each item's output, the batch's output for all, or null", (t) => {
  const rows = (mode: "items" | "batch" | "none", lines: readonly string[]) =>
    outputRows(batch, { items, idsFrom: "item_list", output: { mode, lines, predictMs } });
  t.is(
    rows("items", ["1.0", '"x"']),
    '{"index":5,"id":"a","output":1.0}\n{"index":6,"id":null,"output":"x"}\n',
  );
  t.is(rows("batch", ["[]"]), '{"index":5,"id":"a","output":[]}\n{"index":6,"id":null,"output":[]}\n');
  t.is(rows("none", []), '{"index":5,"id":"a","output":null}\n{"index":6,"id":null,"output":null}\n');
});

test("outputRows() uses the path as id when the dataset is a list of paths", (t) => {
  const output = { mode: "none", lines: [], predictMs } as const;
  const rows = outputRows(
    { ...batch, count: 1 },
    { items: ['"/a.png"'], idsFrom: "file_path_lister", output },
  );
  t.is(rows, '{"index":5,"id":"/a.png","output":null}\n');
});

test("errorRows() writes the error for each item, without ids when the items could not be read", (t) => {
  const error = { code: "malformed_input", message: "line 1", attempts: 1 };
  const told = '"error":{"code":"malformed_input","message":"line 1","attempts":1}}\n';
  const row = (index: number, id: string) => `{"index":${index},"id":${id},${told}`;
  t.is(errorRows(batch, { items, idsFrom: "item_list", error }), row(5, '"a"') + row(6, "null"));
  t.is(errorRows(batch, { idsFrom: "item_list", error }), row(5, "null") + row(6, "null"));
});
