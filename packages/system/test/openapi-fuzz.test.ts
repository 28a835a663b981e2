import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test from "ava";
import { deployPython, numbers, pythonPredict, runJob, startPlatform } from "../src/mod.ts";

const CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));
const HOOKS = fileURLToPath(new URL("../python", import.meta.url));
const SCHEMATHESIS = "schemathesis==4.32.5";
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "response_headers_conformance",
];

test("a fuzzer of OpenAPI documents finds no error of the service's, and no answer that is not in its document", async (t) => {
  t.timeout(300_000);
  const python = await pythonWith(SCHEMATHESIS, { cacheDirectory: CACHE, name: "schemathesis" });
  const platform = await startPlatform(t);
  // Of the names that the document's examples have, so that not everything is 404.
  const name = "image-classifier";
  await deployPython(platform, name, pythonPredict("return payload"));
  const job = await runJob(platform, name, numbers(20));
  const args = [
    ...["-m", "schemathesis.cli", "run", `${platform.url}/openapi.json`],
    ...["--header", `Authorization: Bearer ${platform.token}`, "--checks", CHECKS.join(",")],
    ...[
      "--phases",
      "examples,coverage,fuzzing",
      "--max-examples",
      "20",
      "--request-timeout",
      "20",
      "--seed",
      "1",
    ],
    // Streams without an end, one of them while its job runs.
    ...["--exclude-path", "/{endpoint}/{id}/events", "--exclude-path", "/jobs/events"],
    "--no-color",
  ];
  const env = {
    ...process.env,
    PYTHONPATH: HOOKS,
    SCHEMATHESIS_HOOKS: "millrace_fuzz_hooks",
    MILLRACE_FUZZ_API: name,
    MILLRACE_FUZZ_JOB: job.jobId,
  };
  const run = promisify(execFile)(python, args, { cwd: platform.files, env, maxBuffer: 64 * 1024 * 1024 });
  const { stdout } = await run.catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`${error.stdout}${error.stderr}`.slice(-8_000));
  });
  t.log(/^ *\d+ generated.*$/m.exec(stdout)?.[0].trim() ?? "");
  t.is((await platform.client.job(job.endpoint, job.jobId)).job_status.status, "succeeded");
  t.notRegex(await platform.log(), /"request failed"/);
});
