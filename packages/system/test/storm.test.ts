import test from "ava";
import { runStorm } from "../src/mod.ts";

const isLinux = process.platform === "linux";
const onLinux = isLinux ? test : test.skip;

onLinux(
  "kills of workers, predictors, children, installers, composers, hooks and the service leave nothing and lose nothing",
  async (t) => {
    const report = await runStorm({ seed: 1, kills: 40, waiting: 20 });
    t.log(JSON.stringify(report));
    t.deepEqual(report.violations, []);
  },
);
