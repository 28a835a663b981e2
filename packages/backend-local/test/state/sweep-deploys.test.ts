import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { INSTALLATION, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { homePaths } from "../../src/home/home.ts";
import { putApi } from "../../src/ledger/ledger-apis.ts";
import { Database } from "../../src/state/database.ts";
import { StateFiles } from "../../src/state/state-files.ts";
import { sweepDeploys } from "../../src/state/sweep-deploys.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const { finished } = INSTALLATION;

/** A home with these files, in which version "known" of API "a" was deployed. */
async function homeWith(t: ExecutionContext, paths: readonly string[]) {
  const { home: root, remove } = await temporaryHome();
  const files = new StateFiles(homePaths(root));
  t.teardown(async () => {
    files.close();
    await remove();
  });
  const spec = { networking: { endpoint: "a" } };
  putApi(files.index(), { name: "a", version: "known", spec: spec as never, createdAtMs: 1 });
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "");
  }
  return { root, files };
}

test("sweepDeploys() removes versions that were never prepared, and half-finished parts of others", async (t) => {
  const kept = [
    "apis/a/known/spec.json",
    "apis/a/known/project/unpacking-is-fun/a.py",
    "apis/a/undeployed/prepared.json",
    `apis/a/known/envs/key/install-good/${finished}`,
    `cache/envs/key/install-good/${finished}`,
    "cache/envs/key/complete.json",
    "cache/compiled/x",
  ];
  const dead = [
    "apis/a/dead/spec.json",
    "apis/a/dead/objects/project.tar.gz",
    "apis/b/dead/project/a.py",
    "apis/a/known/unpacking-1f00ba/a.py",
    "apis/a/known/envs/key/install-half/bin/python",
    "cache/envs/key/install-half/bin/python",
    "cache/envs/other/install-half/bin/python",
  ];
  const { root, files } = await homeWith(t, [...kept, ...dead]);
  await sweepDeploys(files, silentLogger);
  for (const path of kept) t.true(existsSync(join(root, path)), path);
  for (const path of dead) t.false(existsSync(join(root, path)), path);
  t.deepEqual(readdirSync(join(root, "tmp")), []);
});

test("sweepDeploys() leaves an installation that is in progress", async (t) => {
  const path = "cache/envs/key/install-half/bin/python";
  const { root, files } = await homeWith(t, [path]);
  const lock = new Database(join(root, "cache/envs/key", INSTALLATION.lock));
  lock.exec("BEGIN EXCLUSIVE");
  await sweepDeploys(files, silentLogger);
  t.true(existsSync(join(root, path)));
  lock.close();
  await sweepDeploys(files, silentLogger);
  t.false(existsSync(join(root, path)));
});

test("sweepDeploys() moves everything away at once, before a deploy can find it", async (t) => {
  const { root, files } = await homeWith(t, ["apis/a/dead/spec.json"]);
  const gone = sweepDeploys(files, silentLogger);
  t.false(existsSync(join(root, "apis/a/dead")));
  await gone;
});
