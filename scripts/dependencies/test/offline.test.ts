import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { allowedProblems } from "../allowed.ts";
import { otherLicenses, undecidedScripts } from "../installed.ts";
import { unverifiedPackages } from "../lockfile.ts";
import { inexactVersions } from "../manifests.ts";

/** A directory with these files; objects are written as JSON. */
function directory(t: ExecutionContext, files: Readonly<Record<string, unknown>>): string {
  const root = mkdtempSync(join(tmpdir(), "millrace-dependencies-"));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return root;
}

test("inexactVersions() names ranges, tags, and packages from elsewhere", async (t) => {
  const bad = [
    "^1.0.0",
    "~1.0.0",
    "1.x",
    "*",
    "latest",
    ">=1.0.0",
    "github:a/b",
    "https://x/y.tgz",
    "file:../a",
  ];
  const good = [
    "1.2.3",
    "1.2.3-rc.1",
    "workspace:*",
    "npm:deno@2.9.6",
    "npm:@scope/a@1.0.0",
    "link:../packages/core",
  ];
  const entries = [...bad, ...good].map((version, index) => [`p${index}`, version]);
  const root = directory(t, { "package.json": { devDependencies: Object.fromEntries(entries) } });
  const problems = await inexactVersions(root, [join(root, "package.json")]);
  t.deepEqual(
    problems,
    bad.map((version, index) => `package.json: p${index} is "${version}", expected an exact version`),
  );
});

test("unverifiedPackages() names packages without a hash, or from elsewhere", async (t) => {
  const hash = `sha512-${"a".repeat(86)}==`;
  const entry = (name: string, resolution: string) =>
    `  ${name}:\n    resolution: ${resolution}\n    engines: {node: '>=8'}\n`;
  const entries = [
    entry("good@1.0.0", `{integrity: ${hash}}`),
    entry("'@s/weak@1.0.0'", "{integrity: sha1-abc}"),
    entry("elsewhere@1.0.0", `{integrity: ${hash}, tarball: https://x/y.tgz}`),
    entry("git@1.0.0", "{commit: abc, repo: x, type: git}"),
  ];
  const root = directory(t, {
    "pnpm-lock.yaml": `lockfileVersion: '9.0'\n\npackages:\n\n${entries.join("\n")}\nsnapshots:\n`,
  });
  const problems = await unverifiedPackages(root, join(root, "pnpm-lock.yaml"));
  t.deepEqual(
    problems.map((problem) => /^pnpm-lock\.yaml: (\S+):/.exec(problem)?.[1]),
    ["'@s/weak@1.0.0'", "elsewhere@1.0.0", "git@1.0.0"],
  );
});

test("undecidedScripts() names packages with install scripts that allowBuilds does not list", async (t) => {
  const store = "node_modules/.pnpm";
  const root = directory(t, {
    "pnpm-workspace.yaml": "packages:\n  - packages/*\nallowBuilds:\n  known: false\n  '@s/known': true\n",
    [`${store}/known@1.0.0/node_modules/known/package.json`]: { name: "known", scripts: { install: "x" } },
    [`${store}/k2@1.0.0/node_modules/@s/known/package.json`]: {
      name: "@s/known",
      scripts: { preinstall: "x" },
    },
    [`${store}/evil@1.0.0/node_modules/evil/package.json`]: { name: "evil", scripts: { postinstall: "x" } },
    [`${store}/test@1.0.0/node_modules/test/package.json`]: { name: "test", scripts: { test: "x" } },
  });
  const problems = await undecidedScripts(root);
  t.is(problems.length, 1);
  t.regex(problems[0] ?? "", /^evil has an install script/);
});

test("otherLicenses() follows dependencies of dependencies, and understands OR and AND", async (t) => {
  const store = "node_modules/.pnpm/x/node_modules";
  const root = directory(t, {
    "app/package.json": { name: "app", version: "1.0.0", license: "MIT", dependencies: { a: "1.0.0" } },
    [`${store}/a/package.json`]: {
      name: "a",
      version: "1.0.0",
      license: "(GPL-3.0 OR MIT)",
      dependencies: { b: "1", c: "1" },
    },
    [`${store}/b/package.json`]: {
      name: "b",
      version: "1.0.0",
      license: "MIT AND GPL-3.0",
      optionalDependencies: { absent: "1" },
    },
    [`${store}/c/package.json`]: { name: "c", version: "1.0.0" },
  });
  mkdirSync(join(root, "app/node_modules"));
  symlinkSync(join(root, store, "a"), join(root, "app/node_modules/a"));
  const problems = await otherLicenses([join(root, "app")], ["MIT"]);
  t.deepEqual(
    problems.map((problem) => problem.split(",", 1)[0]),
    ['b@1.0.0 has the license "MIT AND GPL-3.0"', 'c@1.0.0 has the license "none"'],
  );
});

test("allowedProblems() requires a reason and a recent date", (t) => {
  const entry = { id: "GHSA-1", package: "a", reason: "not reachable", date: "2026-06-01" };
  const problems = (more: object) =>
    allowedProblems({ licenses: [], advisories: [{ ...entry, ...more }] }, Date.parse("2026-07-01"));
  t.deepEqual(problems({}), []);
  t.regex(problems({ reason: " " })[0] ?? "", /no reason/);
  for (const date of ["2026-01-01", "2026-08-01", "soon"])
    t.regex(problems({ date })[0] ?? "", /look at it again/);
});
