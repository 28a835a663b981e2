import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test, { type ExecutionContext } from "ava";
import { deployPython, numbers, type Platform, pythonPredict, runJob, startPlatform } from "../src/mod.ts";

const CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));
const HOOKS = fileURLToPath(new URL("../python", import.meta.url));
const SCHEMATHESIS = "schemathesis==4.32.5";
/** A run that stands still is ended, so that its own message is seen, not only that of the test. */
const LIMIT_MS = 180_000;
/** Sequences are tried until then, in the order of the seed: a slow machine tries fewer. */
const SEQUENCES_SECONDS = 45;

test("an OpenAPI fuzzer finds no response that differs from the document", async (t) => {
  await fuzz(t, ["--phases", "examples,coverage,fuzzing", "--max-examples", "20"]);
});

test("a fuzzer finds nothing when each request follows from earlier responses", async (t) => {
  await fuzz(t, ["--phases", "stateful", "--max-time", String(SEQUENCES_SECONDS)]);
});

async function fuzz(t: ExecutionContext, phases: readonly string[]): Promise<void> {
  t.timeout(LIMIT_MS + 120_000);
  const python = await pythonWith(SCHEMATHESIS, { cacheDirectory: CACHE, name: "schemathesis" });
  const platform = await startPlatform(t);
  // Of the names that the document's examples have, so that not everything is 404.
  const name = "image-classifier";
  await deployPython(platform, name, pythonPredict("if 3 in payload: raise ValueError(3)", "return payload"));
  const job = await runJob(platform, name, numbers(20));
  const env = {
    ...process.env,
    PYTHONPATH: HOOKS,
    SCHEMATHESIS_HOOKS: "millrace_fuzz_hooks",
    MILLRACE_FUZZ_API: name,
    MILLRACE_FUZZ_JOB: job.jobId,
  };
  t.log(await schemathesis(python, { platform, env, phases }));
  const { status } = (await platform.client.job(job.endpoint, job.jobId)).job_status;
  t.is(status, "completed_with_failures");
  t.notRegex(await platform.log(), /"request failed"/);
}

/** What it says of how much it tried. @throws {Error} with all that it found */
async function schemathesis(
  python: string,
  options: {
    readonly platform: Platform;
    readonly env: NodeJS.ProcessEnv;
    readonly phases: readonly string[];
  },
): Promise<string> {
  const { platform, env, phases } = options;
  const args = [
    ...["-m", "schemathesis.cli", "--config-file", `${HOOKS}/schemathesis.toml`, "run"],
    ...[`${platform.url}/openapi.json`, "--header", `Authorization: Bearer ${platform.token}`],
    ...[...phases, "--request-timeout", "20", "--seed", "1", "--no-color"],
  ];
  const limits = { timeout: LIMIT_MS, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 } as const;
  const run = promisify(execFile)(python, args, { cwd: platform.files, env, ...limits });
  const { stdout } = await run.catch((error: { killed?: boolean; stdout?: string; stderr?: string }) => {
    const text = `${error.stdout}${error.stderr}`.slice(-8_000);
    throw new Error(error.killed ? `The fuzzer took longer than ${LIMIT_MS} ms\n${text}` : text);
  });
  return /^ *\d+ generated.*$/m.exec(stdout)?.[0].trim() ?? "";
}
