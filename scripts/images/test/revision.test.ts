import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { Context } from "../context.ts";
import { isDirty, revision } from "../revision.ts";
import { run } from "../run-command.ts";
import { machineEnvironment } from "./carry-out.ts";

test("revision() is clean when only files outside the images differ", async (t) => {
  const context = await checkout(t);
  await writeFile(join(context.root, "cluster.yaml"), "name: prod\n");
  const { tag, commit = "" } = await revision(context);
  t.is(tag, `1.2.3-${commit.slice(0, 12)}`);
  t.regex(commit, /^[0-9a-f]{40}$/);
});

for (const path of ["packages/core/src/new.ts", "images/base-images.lock.json", "pnpm-lock.yaml"]) {
  test(`revision() is dirty when ${path} is not committed`, async (t) => {
    const context = await checkout(t);
    await writeFile(join(context.root, path), "\n");
    const { tag, commit } = await revision(context);
    t.true(isDirty(tag));
    t.is(commit, undefined);
  });
}

test("revision() asks for a tag when there is no checkout", async (t) => {
  const context = await folder(t);
  await t.throwsAsync(revision(context), { code: "unavailable", message: /give --tag$/ });
  t.deepEqual(await revision(context, "trial"), { tag: "trial", commit: undefined });
});

/** A repository of git's with one commit. */
async function checkout(t: ExecutionContext): Promise<Context> {
  const context = await folder(t);
  const { root, env } = context;
  await writeFile(join(root, "package.json"), '{ "version": "1.2.3" }\n');
  for (const path of ["packages/core/src", "images"]) await mkdir(join(root, path), { recursive: true });
  const author = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    [...author, "commit", "--quiet", "-m", "first"],
  ])
    await run(["git", ...args], { cwd: root, env });
  return context;
}

async function folder(t: ExecutionContext): Promise<Context> {
  const root = await mkdtemp(join(tmpdir(), "millrace-images-"));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  return { root, env: machineEnvironment(), say: t.log };
}
