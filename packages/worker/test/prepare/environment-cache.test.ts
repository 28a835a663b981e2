import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import test from "ava";
import { cachedEnvironment } from "../../src/prepare/environment-cache.ts";
import { temporaryDirectory } from "./archives.ts";

const MODULE = new URL("../../src/prepare/environment-cache.ts", import.meta.url).href;

function cache(root: string, fresh = false) {
  return { root, key: "k", fresh, emit: () => {} };
}

/** Another process that begins the installation and never ends it. */
async function installForEver(root: string): Promise<ChildProcess> {
  const code = `
    const { cachedEnvironment } = await import(${JSON.stringify(MODULE)});
    const { writeFileSync } = await import("node:fs");
    await cachedEnvironment({ root: ${JSON.stringify(root)}, key: "k", fresh: false, emit() {} }, async (dir) => {
      writeFileSync(dir + "/half", "x");
      console.log("building");
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

test("cachedEnvironment() never mistakes a killed installation for a finished one, nor waits for it", async (t) => {
  const root = temporaryDirectory(t);
  const child = await installForEver(root);
  t.teardown(() => child.kill("SIGKILL"));
  let waited = 0;
  const waiting = cachedEnvironment({ ...cache(root), emit: () => waited++ }, async (dir) => {
    writeFileSync(join(dir, "whole"), "x");
  });
  while (waited === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill("SIGKILL");
  const dir = await waiting;
  t.true(existsSync(join(dir, "whole")));
  t.false(existsSync(join(dir, "half")));
  t.is(readdirSync(join(root, "k")).filter((name) => name.startsWith("install-")).length, 1);
});

test("cachedEnvironment() builds again after a failure, and leaves nothing behind", async (t) => {
  const root = temporaryDirectory(t);
  await t.throwsAsync(
    cachedEnvironment(cache(root), async () => {
      throw new Error("no space");
    }),
    { message: "no space" },
  );
  t.deepEqual(
    readdirSync(join(root, "k")).filter((name) => name.startsWith("install-")),
    [],
  );
  t.true(existsSync(await cachedEnvironment(cache(root), async () => {})));
});

test("cachedEnvironment() builds again when its record is damaged", async (t) => {
  const root = temporaryDirectory(t);
  const first = await cachedEnvironment(cache(root), async () => {});
  writeFileSync(join(root, "k", "complete.json"), "{");
  const second = await cachedEnvironment(cache(root), async () => {});
  t.not(second, first);
  t.true(existsSync(first), "a finished one may be in use");
});

test("cachedEnvironment() builds a new environment when asked to, and keeps the old one", async (t) => {
  const root = temporaryDirectory(t);
  const first = await cachedEnvironment(cache(root), async (dir) => writeFileSync(join(dir, "n"), "1"));
  const second = await cachedEnvironment(cache(root, true), async (dir) =>
    writeFileSync(join(dir, "n"), "2"),
  );
  t.is(readFileSync(join(first, "n"), "utf8"), "1");
  const third = await cachedEnvironment(cache(root), async () => t.fail("it is there"));
  t.is(third, second);
});
