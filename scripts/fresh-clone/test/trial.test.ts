import test from "ava";
import { missing } from "../trial.ts";

test("missing() finds nothing when all patterns occur in order", (t) => {
  t.deepEqual(missing("installing\nDone\nresult\n", [/^installing/m, /^Done/m, /^result$/m]), []);
});

test("missing() names a pattern that occurs too early, or not at all", (t) => {
  t.deepEqual(missing("result\ninstalling\n", [/^installing/m, /^result/m, /never/]), [
    "/^result/m",
    "/never/",
  ]);
});
