import assert from "node:assert/strict";
import test from "ava";
import fc from "fast-check";
import { compileGlob, globBase, hasGlob } from "../../src/dataset/glob.ts";
import { globParts, globText, pathLike, simpleGlobMatches } from "../support/simple-glob.ts";

const cases: readonly (readonly [string, string, boolean])[] = [
  ["s3://b/dir/*", "s3://b/dir/a.png", true],
  ["s3://b/dir/*", "s3://b/dir/sub/a.png", false],
  ["s3://b/dir/**", "s3://b/dir/sub/a.png", true],
  ["s3://b/**.png", "s3://b/dir/sub/a.png", true],
  ["s3://b/img**", "s3://b/img/x/y", true],
  ["**.json", "/data/a/b.json", true],
  ["**/*.json", "/data/a/b.json", true],
  ["*.json", "/data/b.json", false],
  ["/data/**/c", "/data/c", true],
  ["/data/**/c", "/data/a/b/c", true],
  ["/data/**/c", "/data/xc", false],
  ["/data/?.csv", "/data/a.csv", true],
  ["/data/?.csv", "/data/😀.csv", true],
  ["/data?a", "/data/a", false],
  ["/d/{a,b*}.csv", "/d/bc.csv", true],
  ["/d/{a,b*}.csv", "/d/c.csv", false],
  ["/d/{**/a,b}", "/d/a", true],
  ["{**/a,b}", "a", true],
  ["/d/{e/,f}**/a", "/d/e/a", true],
  ["/d/{e/,f}**/a", "/d/fa", false],
  ["/d/[a-c]1", "/d/b1", true],
  ["/d/[!a-c]1", "/d/b1", false],
  ["/d/[^a]x", "/d//x", false],
  ["/d/[]]x", "/d/]x", true],
  ["/d/report (1)+.csv", "/d/report (1)+.csv", true],
  ["/d/a.b", "/d/aXb", false],
  ["/d/\\*", "/d/*", true],
  ["/d/\\*", "/d/a", false],
  ["/d/*", "/d/.hidden", true],
  ["!/d/*", "/d/a", false],
  ["/d/**", "/d/line\nbreak", true],
];

test("compileGlob() follows Cortex's rules: * stops at /, ** does not", (t) => {
  for (const [glob, path, expected] of cases) t.is(compileGlob(glob)(path), expected, `${glob} on ${path}`);
});

test("compileGlob() says what is wrong with a glob", (t) => {
  for (const [glob, message] of [
    ["", /empty/],
    ["/d/[a", /"\[" without "\]"/],
    ["/d/{a", /"\{" without "\}"/],
    ["/d/a}", /"\}" without "\{"/],
    ["/d/[z-a]", /not a set of characters/],
    ["/d/\\", /ends in "\\"/],
    ["{".repeat(51), /braces are nested more than 50 deep/],
    ["a".repeat(10_001), /10001 characters, expected at most 10000/],
  ] as const) {
    t.throws(() => compileGlob(glob), { instanceOf: SyntaxError, message });
  }
});

test("compileGlob() is not slower for many stars that nearly match", (t) => {
  // A regular expression that tries one star after another would not end.
  const matches = compileGlob(`${"**a*".repeat(40)}/{${"**b".repeat(40)},**c}`);
  t.false(matches("a".repeat(4_000)));
  t.true(matches(`${"a".repeat(4_000)}/c`));
});

test("compileGlob() matches texts longer than its cache", (t) => {
  const matches = compileGlob("**/x*漢");
  const all = String.fromCodePoint(...Array.from({ length: 30_000 }, (_, i) => 0x1_0000 + i));
  for (const names of ["", all, `${all}/${all}`]) {
    t.true(matches(`/${names}/x${names.replace("/", "")}漢`));
    t.false(matches(`/${names}/y${names}漢`));
  }
});

test("globBase() is the raw prefix before the first glob character", (t) => {
  t.is(globBase("s3://b/img*/x"), "s3://b/img");
  t.is(globBase("/data/a.csv"), "/data/a.csv");
  t.false(hasGlob("/data/report (1)!.csv"));
  t.true(hasGlob("/data/{a,b}"));
});

test("compileGlob() matches what an exhaustive matcher matches, and nothing outside globBase()", (t) => {
  const cases = globParts.chain((parts) => fc.tuple(fc.constant(parts), pathLike(parts)));
  let matches = 0;
  fc.assert(
    fc.property(cases, ([parts, path]) => {
      const glob = globText(parts);
      const expected = simpleGlobMatches(parts, path);
      const text = path.join("");
      assert.equal(compileGlob(glob)(text), expected, `${JSON.stringify(glob)} on ${JSON.stringify(text)}`);
      if (!expected) return;
      matches += 1;
      assert.ok(
        text.startsWith(globBase(glob)),
        `base of ${JSON.stringify(glob)} on ${JSON.stringify(text)}`,
      );
    }),
    { numRuns: 5_000 },
  );
  t.true(matches > 500, String(matches));
});
