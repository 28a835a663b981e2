import { readFile } from "node:fs/promises";
import test from "ava";
import { startTour, tourSteps } from "../src/mod.ts";

const README = new URL("../../../README.md", import.meta.url);

test("README's tour does what it says when its commands are run in order", async (t) => {
  t.timeout(240_000);
  const readme = await readFile(README, "utf8");
  const section = readme.split(/^## /m).find((text) => text.startsWith("A tour")) ?? "";
  const steps = tourSteps(section);
  t.true(steps.length >= 20, `found ${steps.length} steps`);
  await (await startTour(t)).take(steps);
});
