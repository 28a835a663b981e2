import test from "ava";
import { nearestName } from "../../src/config/nearest-name.ts";

const known = ["name", "kind", "predictor", "compute", "networking", "job_defaults", "path"];

test("nearestName() finds typing mistakes and other spellings, and nothing too different", (t) => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["pth", "path"],
    ["paht", "path"],
    ["Name", "name"],
    ["jobDefaults", "job_defaults"],
    ["job-default", "job_defaults"],
    ["predicter", "predictor"],
    ["netwokring", "networking"],
    ["zebra", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ];
  for (const [name, nearest] of cases) t.is(nearestName(name, known), nearest, name.slice(0, 20));
});
