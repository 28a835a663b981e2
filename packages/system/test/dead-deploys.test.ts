import { readdir } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import {
  deploy,
  deployPython,
  type Platform,
  poll,
  processesOf,
  pythonPredict,
  rowsOf,
  runJob,
  signal,
  startPlatform,
} from "../src/mod.ts";

const config = (name: string) => `
name: ${name}
kind: BatchAPI
predictor: { type: python, path: predictor.py }
compute: { cpu: 0.1 }
`;

/** What is below a directory of the home; of what a deploy leaves, nothing else may stay. */
async function below(platform: Platform, directory: string): Promise<readonly string[]> {
  return readdir(join(platform.home, directory), { recursive: true }).catch(() => []);
}

test("a deploy that is killed with its service leaves nothing after the next start", async (t) => {
  const platform = await startPlatform(t);
  const version = await deployPython(platform, "kept", pythonPredict("return payload"));
  const files = {
    "millrace.yaml": config("dead"),
    "predictor.py": pythonPredict("return payload"),
    "dependencies.sh": "sleep 600\n",
  };
  const deploying = t.throwsAsync(deploy(platform, "dead", files));
  await poll("the installation", async () =>
    (await below(platform, "apis")).some((path) => /dead\/.*\/install-\w+\/python\/bin\/pip/.test(path)),
  );
  await platform.stop("SIGKILL");
  for (const { pid } of processesOf(platform.home)) signal(pid, "SIGKILL");
  await deploying;
  await platform.start();
  await poll(
    "an empty place for what is half-written",
    async () => (await below(platform, "tmp")).length === 0,
  );
  t.deepEqual(await readdir(join(platform.home, "apis")), ["kept"]);
  t.deepEqual(await readdir(join(platform.home, "apis", "kept")), [version]);
  const job = await runJob(platform, "kept", { workers: 1, item_list: { items: [1], batch_size: 1 } });
  t.is((await rowsOf(job)).length, 1);
});

test("a deploy that fails leaves nothing, and the previous version stays deployed", async (t) => {
  const platform = await startPlatform(t);
  const version = await deployPython(platform, "sum", pythonPredict("return payload"));
  const broken = { "millrace.yaml": config("sum"), "predictor.py": "import nosuchmodule\n" };
  await t.throwsAsync(deploy(platform, "sum", broken), { message: /nosuchmodule/ });
  await t.throwsAsync(deploy(platform, "other", { ...broken, "millrace.yaml": config("other") }));
  t.deepEqual(await readdir(join(platform.home, "apis")), ["sum"]);
  t.deepEqual(await readdir(join(platform.home, "apis", "sum")), [version]);
  await poll(
    "an empty place for what is half-written",
    async () => (await below(platform, "tmp")).length === 0,
  );
  // What failed is deployed when it is right.
  await deployPython(platform, "sum", pythonPredict("return [x + 1 for x in payload]"));
  const job = await runJob(platform, "sum", { workers: 1, item_list: { items: [1], batch_size: 1 } });
  t.like((await rowsOf(job))[0], { output: 2 });
});
