import test from "ava";
import { hiddenNames } from "../../../src/dataset/listing/hidden-names.ts";

const none = { paths: ["/d/"], includes: [], excludes: [] };

test("hiddenNames() hides what begins with a dot or an underscore, below the prefix", (t) => {
  const isHidden = hiddenNames(none);
  const cases: readonly (readonly [rest: string, prefix: string, hidden: boolean])[] = [
    [".DS_Store", "/d/", true],
    ["_SUCCESS", "/d/", true],
    ["a/.part-0.crc", "/d/", true],
    ["_temporary/0/part-0", "/d/", true],
    ["a/b.c_d", "/d/", false],
    ["_year=2026/part-0", "/d/", false],
    [".x=1/part-0", "/d/", true],
    ["", "/d/.env", false],
    ["sh/.x", "/d/.ba", true],
    ["sh/a", "/d/.ba", false],
    ["/a", "/d/.cache", false],
    ["/.x/a", "/d", true],
    ["_old/a", "/d", false],
  ];
  for (const [rest, prefix, hidden] of cases) t.is(isHidden(rest, prefix), hidden, `${prefix} ${rest}`);
});

test("hiddenNames() accepts the names that a glob means, and no others", (t) => {
  const cases: readonly (readonly [paths: string[], includes: string[], rest: string, hidden: boolean])[] = [
    [["/d/.*"], [], ".env", false],
    [["/d/*"], [], ".env", true],
    [["/d/_*/x*"], [], "_a/x.json", false],
    [["/d/_*/x*"], [], "_a/.x.json", true],
    [["/d/"], ["**/.cache/**"], "a/.cache/b", false],
    [["/d/"], ["**/.cache/**"], "a/.cache/.b", true],
    [["/d/"], ["**/{.cache,tmp}/*"], ".cache/b", false],
    [["/d/"], ["**/[._]*"], "_x", false],
    [["/d/"], ["**/[!a]*"], "_x", true],
    [["/d/"], ["**.json"], ".a.json", true],
    // A base that is hidden itself says nothing of what is below.
    [["/d/.x/**"], [], ".y", true],
    [["/d/"], ["/d/{.a/b,c}"], ".z", true],
  ];
  for (const [paths, includes, rest, hidden] of cases)
    t.is(hiddenNames({ paths, includes, excludes: [] })(rest, "/d/"), hidden, `${paths} ${includes} ${rest}`);
});
