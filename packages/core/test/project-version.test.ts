import test from "ava";
import { canonicalJson, type ProjectFile, projectVersion } from "../src/project-version.ts";

const FILES: readonly ProjectFile[] = [
  { path: "predictor.py", executable: false, sha256: "aa" },
  { path: "lib/a.py", executable: false, sha256: "bb" },
];

test("projectVersion() is 16 hexadecimal digits that do not depend on the order of files or keys", (t) => {
  const version = projectVersion(FILES, { a: 1, b: { c: [1, 2], d: null } });
  t.regex(version, /^[0-9a-f]{16}$/);
  t.is(projectVersion([...FILES].reverse(), { b: { d: null, c: [1, 2] }, a: 1 }), version);
});

test("projectVersion() differs when a path, a mode, a content or the spec differs", (t) => {
  const [first, second] = FILES as [ProjectFile, ProjectFile];
  const versions = [
    projectVersion(FILES, { a: 1 }),
    projectVersion(FILES, { a: 2 }),
    projectVersion([first], { a: 1 }),
    projectVersion([first, { ...second, executable: true }], { a: 1 }),
    projectVersion([first, { ...second, sha256: "cc" }], { a: 1 }),
    projectVersion([first, { ...second, path: "lib/b.py" }], { a: 1 }),
  ];
  t.is(new Set(versions).size, versions.length);
});

test("projectVersion() distinguishes a path with quotes and line breaks from two files", (t) => {
  const tricky = projectVersion([{ path: 'a",false,"aa"]\n["b', executable: false, sha256: "bb" }], {});
  const two = projectVersion(
    [
      { path: "a", executable: false, sha256: "aa" },
      { path: "b", executable: false, sha256: "bb" },
    ],
    {},
  );
  t.not(tricky, two);
});

test("canonicalJson() keeps keys called __proto__ and the order of arrays", (t) => {
  const value: unknown = JSON.parse('{"b":[2,1],"__proto__":{"z":1,"y":2}}');
  t.is(canonicalJson(value), '{"__proto__":{"y":2,"z":1},"b":[2,1]}');
});
