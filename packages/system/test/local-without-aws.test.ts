import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { DOUBLE_TS, deployTypeScript, numbers, runJob, startPlatform } from "../src/mod.ts";

test("the local backend's service, enqueuer and workers load nothing of the AWS SDK", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "millrace-modules-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const seen = join(directory, "modules");
  const hook = join(directory, "hook.mjs");
  // Notes every module that a process or thread loads.
  await writeFile(
    hook,
    `import { appendFileSync } from "node:fs";
     import { registerHooks } from "node:module";
     registerHooks({ load: (url, context, next) => {
       appendFileSync(${JSON.stringify(seen)}, url + "\\n");
       return next(url, context);
     } });`,
  );
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ""} --import ${hook}`;
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  });
  const platform = await startPlatform(t);
  await deployTypeScript(platform, "double", DOUBLE_TS);
  const job = await runJob(platform, "double", numbers(20));
  t.is(job.status.job_status.status, "succeeded");
  t.true(existsSync(seen));
  const modules = readFileSync(seen, "utf8").split("\n");
  for (const part of ["control/src/main.ts", "enqueuer/main.ts", "worker/src/main.ts", "backend-local/src"]) {
    t.true(
      modules.some((url) => url.includes(part)),
      `the hook saw ${part}`,
    );
  }
  t.deepEqual(
    modules.filter((url) => /@aws-sdk|@smithy|backend-aws/.test(url)),
    [],
  );
});
