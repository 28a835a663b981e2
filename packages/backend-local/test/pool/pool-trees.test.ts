import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { poolTrees } from "../../src/pool/pool-trees.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

test("poolTrees() identifies a home by its directory: the same through every path, another for a copy", async (t) => {
  const { home: root, remove } = await temporaryHome();
  t.teardown(remove);
  const [home, copy, link] = ["home", "copy", "link"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(home);
  await cp(home, copy, { recursive: true });
  await symlink(home, link);
  t.is(poolTrees(home).home, poolTrees(home).home);
  t.is(poolTrees(link).home, poolTrees(home).home);
  t.not(poolTrees(copy).home, poolTrees(home).home);
});

test("poolTrees() knows a tree's owner, and names each run of a worker and each preparation differently", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const trees = poolTrees(home);
  const life = trees.life("01J", 7);
  t.true(life.startsWith(trees.worker("01J", 7)) && trees.worker("01J", 7).startsWith(trees.job("01J")));
  t.true(trees.job("01J").startsWith(trees.home));
  t.not(trees.life("01J", 7), life);
  t.deepEqual(trees.rootOf(`${life}predictor/`), {
    name: life,
    owner: { kind: "job", jobId: "01J", worker: 7 },
  });
  const preparation = trees.preparation();
  t.not(trees.preparation(), preparation);
  t.deepEqual(trees.rootOf(`${preparation}pip/`), { name: preparation, owner: { kind: "prepare" } });
  t.deepEqual([trees.rootOf(trees.home), trees.rootOf("another/job/01J/7/x/")], [undefined, undefined]);
});
