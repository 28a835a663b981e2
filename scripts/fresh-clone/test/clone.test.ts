import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { freshClone } from "../clone.ts";

const ROOT = resolve(import.meta.dirname, "..", "..", "..");
const git = async (cwd: string, ...args: readonly string[]) =>
  (await promisify(execFile)("git", [...args], { cwd })).stdout;

test("freshClone() has all files of this work tree, also new ones, and nothing that git ignores", async (t) => {
  const name = `new-file-of-a-test-${process.pid}.txt`;
  await writeFile(join(import.meta.dirname, name), "new");
  t.teardown(() => rm(join(import.meta.dirname, name), { force: true }));
  const staged = await git(ROOT, "diff", "--cached", "--name-only");
  const { directory, remove } = await freshClone();
  t.teardown(remove);
  t.is(await readFile(join(directory, "scripts", "fresh-clone", "test", name), "utf8"), "new");
  t.deepEqual(
    await readFile(join(directory, "package.json")),
    await readFile(join(ROOT, "package.json")),
    "as it is in the work tree, committed or not",
  );
  t.true(existsSync(join(ROOT, "node_modules")));
  t.false(existsSync(join(directory, "node_modules")));
  t.is(await git(directory, "status", "--porcelain", "--ignored"), "");
  t.is(await git(ROOT, "diff", "--cached", "--name-only"), staged, "what is staged here stays as it is");
});

test("freshClone() is in a place that sees no installed package of this work tree", async (t) => {
  const { directory, remove } = await freshClone();
  t.teardown(remove);
  t.false(directory.startsWith(ROOT));
  const script = join(directory, "finds.mjs");
  await writeFile(script, 'import "zod";');
  const error = await t.throwsAsync(promisify(execFile)(process.execPath, [script]));
  t.regex(String(error), /ERR_MODULE_NOT_FOUND/);
});
