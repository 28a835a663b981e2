import { readFile } from "node:fs/promises";
import test from "ava";
import { startTour, tourSteps } from "../src/mod.ts";

const PAGES = [
  { page: "README.md", least: 8 },
  { page: "docs/tutorial/five-minutes.md", least: 20 },
] as const;

for (const { page, least } of PAGES) {
  test(`${page} does what it says when its commands are run in order`, async (t) => {
    t.timeout(900_000);
    const text = await readFile(new URL(`../../../${page}`, import.meta.url), "utf8");
    const steps = tourSteps(text).filter(({ kind }) => kind !== "picture");
    t.true(steps.length >= least, `found ${steps.length} steps`);
    await (await startTour(t)).take(steps);
  });
}
