import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "ava";
import { SCRIPTS, scriptTrial, WORKSPACES } from "../scripts.ts";
import { tryInFreshClone } from "../trial.ts";

const ROOT = resolve(import.meta.dirname, "..", "..", "..");

for (const workspace of WORKSPACES) {
  const manifest = JSON.parse(readFileSync(join(ROOT, workspace, "package.json"), "utf8"));
  const scripts = Object.keys(manifest.scripts);

  test(`SCRIPTS says how each script of ${workspace}/package.json is tried, and has no others`, (t) => {
    t.deepEqual(Object.keys(SCRIPTS[workspace]).sort(), [...scripts].sort());
  });

  for (const script of scripts) {
    const trial = scriptTrial(workspace, script);
    if (trial === undefined) continue;
    test.serial(`npx pnpm@12 ${script} works when nothing of ${workspace} is installed`, async (t) => {
      await tryInFreshClone(t, trial);
    });
  }
}
