import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { ignoreRules } from "../../src/project/ignore-rules.ts";
import { temporaryDirectory } from "../harness.ts";

// ASCII alone: to git "?" is a byte.
const name = fc.constantFrom(
  "a",
  "b",
  "ab",
  "A",
  "a.py",
  "b.bin",
  "data",
  "x y",
  "(1)+",
  ".env",
  ".hidden",
  "c.pyc",
);
const pattern = fc
  .tuple(
    fc.constantFrom("", "", "", "!", "/", "!/", "**/", "\\", "# "),
    fc.array(
      fc.oneof(name, fc.constantFrom("*", "**", "?", "[ab]", "[!a]*", "*.py", "d*a", "*[a-b]?", "a*")),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    fc.constantFrom("", "", "", "/", " ", "/**", "\\ "),
  )
  .map(([before, parts, after]) => `${before}${parts.join("/")}${after}`);
const ignoreFile = fc.record({
  lines: fc.array(pattern, { maxLength: 5 }),
  newline: fc.constantFrom("\n", "\r\n"),
  mark: fc.constantFrom("", "", "\ufeff"),
});
const paths = fc.uniqueArray(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/")),
  { minLength: 1, maxLength: 12 },
);

/** What comes first in the rules of every project. */
const BUILT_IN = [".*", "!.env", "__pycache__/", "*.pyc", "*.pyo", "node_modules/"].join("\n");

/** Those of the paths that git ignores, with these rules alone. */
function ignoredByGit(dir: string, rules: string, all: readonly string[]): ReadonlySet<string> {
  writeFileSync(join(dir, "rules"), rules);
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  const config = ["-c", `core.excludesFile=${join(dir, "rules")}`, "-c", "core.ignoreCase=false"];
  const { status, stdout } = spawnSync("git", [...config, "check-ignore", "--no-index", "--stdin", "-z"], {
    cwd: join(dir, "p"),
    env,
    input: all.map((path) => `${path}\0`).join(""),
    encoding: "utf8",
  });
  // 1: none is ignored.
  assert.ok(status === 0 || status === 1, String(status));
  return new Set(stdout.split("\0").filter((path) => path !== ""));
}

test("ignoreRules() ignores what git would, for any ignore files and paths", async (t) => {
  t.timeout(240_000);
  const dir = temporaryDirectory(t, { "p/unnamed": "" });
  spawnSync("git", ["init", "--quiet", join(dir, "p")]);
  await fc.assert(
    fc.asyncProperty(ignoreFile, ignoreFile, paths, async (cortex, millrace, all) => {
      const [first, second] = [cortex, millrace].map(({ lines, newline }) => lines.join(newline));
      writeFileSync(join(dir, "p", ".cortexignore"), `${cortex.mark}${first}`);
      writeFileSync(join(dir, "p", ".millraceignore"), `${millrace.mark}${second}`);
      const isIgnored = await ignoreRules(join(dir, "p"));
      const expected = ignoredByGit(dir, `${BUILT_IN}\n${first}\n${second}\n`, all);
      for (const path of all) {
        const rules = JSON.stringify([first, second]);
        assert.equal(isIgnored(path), expected.has(path), `${JSON.stringify(path)} with ${rules}`);
      }
    }),
    { numRuns: 150, includeErrorInReport: true },
  );
  rmSync(join(dir, "p"), { recursive: true, force: true });
  t.pass();
});

test("ignoreRules() is case-sensitive, and reads a file that starts with a byte-order mark", async (t) => {
  const dir = temporaryDirectory(t, { ".millraceignore": "\ufeffModel/\n*.BIN\n" });
  const isIgnored = await ignoreRules(dir);
  t.deepEqual(["Model/w", "model/w", "a.BIN", "a.bin"].map(isIgnored), [true, false, true, false]);
});
