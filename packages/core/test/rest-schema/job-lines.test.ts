import test from "ava";
import { errorRow, outputRow } from "../../src/mod.ts";
import { ResultRowSchema } from "../../src/schemas.ts";

test("ResultRowSchema keeps the error when the row is an error row", (t) => {
  const error = { code: "predictor_error", message: "no", attempts: 3 };
  const failed: unknown = JSON.parse(errorRow(1, "null", error));
  const succeeded: unknown = JSON.parse(outputRow(0, '"a"', '{"x":1}'));
  t.deepEqual(ResultRowSchema.parse(failed), { index: 1, id: null, error });
  t.deepEqual(ResultRowSchema.parse(succeeded), { index: 0, id: "a", output: { x: 1 } });
});

test("ResultRowSchema refuses rows that have neither output nor error", (t) => {
  t.false(ResultRowSchema.safeParse({ index: -1, id: null, output: 1 }).success);
  t.false(ResultRowSchema.safeParse({ index: 0, id: null }).success);
});
