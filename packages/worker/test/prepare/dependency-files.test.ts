import test from "ava";
import { isPortable, isSelfContained, requirementLines } from "../../src/prepare/dependency-files.ts";

test("isSelfContained() is true only for packages from an index", (t) => {
  const text = `
    # comment
    --extra-index-url https://example.com/simple
    numpy
    torch==2.1.0 ; python_version >= "3.9"
    transformers[torch]>=4,<5  # why
    thing @ https://example.com/thing.whl
    other @ git+https://example.com/other
    hashed==1 \\
      --hash=sha256:abc
  `;
  t.true(isSelfContained(requirementLines(text)));
});

test("isSelfContained() is false for everything that is read from the project", (t) => {
  for (const line of [
    "-r other.txt",
    "-c limits.txt",
    "-e .",
    ".",
    "./pkg",
    "../pkg",
    "pkgs/a.whl",
    "a @ file:///x",
    "/abs/a.whl",
    "--find-links wheels",
    "a.whl",
  ]) {
    t.false(isSelfContained(requirementLines(line)), line);
  }
});

test("isPortable() is false for packages and scripts of the project", (t) => {
  t.true(
    isPortable({ dependencies: { a: "^1.0.0", b: "npm:c@2", d: "https://x/y.tgz" }, scripts: { test: "x" } }),
  );
  for (const range of ["file:./a", "link:a", "workspace:*", "./a", "../a", "/a", "~/a", "portal:a"]) {
    t.false(isPortable({ devDependencies: { a: range } }), range);
  }
  t.false(isPortable({ scripts: { postinstall: "node build.js" }, dependencies: { a: "1" } }));
  t.false(isPortable({ workspaces: ["packages/*"] }));
});
