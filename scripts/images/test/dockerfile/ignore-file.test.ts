import test from "ava";
import { parseIgnoreFile } from "../../dockerfile/ignore-file.ts";

const admits = parseIgnoreFile("# only\n*\n!package.json\n!packages/core/src\n**/node_modules\n");

for (const [path, expected] of [
  ["package.json", true],
  ["README.md", false],
  ["packages/core/src/mod.ts", true],
  ["packages/core/test/mod.test.ts", false],
  ["packages/core/src/node_modules/x/a.js", false],
  ["packages/core/package.json", false],
] as const) {
  test(`parseIgnoreFile() ${expected ? "admits" : "keeps out"} ${path} when the last match says so`, (t) => {
    t.is(admits(path), expected);
  });
}
