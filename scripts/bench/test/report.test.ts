import test from "ava";
import type { Machine } from "../machine.ts";
import { mergeReports, type Report, withFigures } from "../report.ts";

const machine: Machine = { cpu: "cpu", cores: 2, memoryGib: 8, kernel: "Linux", versions: {} };

function report(names: readonly string[], rounds: number, cpu = "cpu"): Report {
  const cases = names.map((name) => ({ name, quick: false, rounds, loadBefore: 0, seconds: 1, lines: [] }));
  return { machine: { ...machine, cpu }, cases };
}

function names({ cases }: Report): readonly string[] {
  return cases.map(({ name, rounds }) => `${name}${rounds}`);
}

test("mergeReports() replaces cases that were measured again, keeps the others, and adds new ones", (t) => {
  t.deepEqual(names(mergeReports(report(["a", "b"], 1), report(["b", "c"], 2))), ["a1", "b2", "c2"]);
});

test("mergeReports() does not mix figures from two machines", (t) => {
  t.deepEqual(names(mergeReports(report(["a", "b"], 1, "another"), report(["b"], 2))), ["b2"]);
  t.deepEqual(names(mergeReports(undefined, report(["b"], 2))), ["b2"]);
});

test("withFigures() replaces what is between the markers, and nothing else", (t) => {
  const begin = "<!-- figures: written by `npx pnpm@12 bench --publish` -->";
  const end = "<!-- end of figures -->";
  const once = withFigures(`# Page\n${begin}\nold\n${end}\nmore\n`, "new");
  t.is(once, `# Page\n${begin}\n\nnew\n\n${end}\nmore\n`);
  t.is(withFigures(once, "new"), once);
  t.throws(() => withFigures("# Page", "new"), { message: /Cannot write the figures/ });
});
