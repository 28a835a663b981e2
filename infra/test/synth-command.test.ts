import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";

const INFRA = fileURLToPath(new URL("..", import.meta.url));
/** No credentials, no home, no AWS configuration: just programs. */
const BARE = { PATH: process.env.PATH ?? "", HOME: tmpdir(), CHECKPOINT_DISABLE: "1", CI: "1" };

async function cdktf(environment: Readonly<Record<string, string>>, output: string) {
  const bin = join(INFRA, "node_modules", ".bin", "cdktn");
  return promisify(execFile)(bin, ["synth", "--output", output], {
    cwd: INFRA,
    env: { ...BARE, ...environment },
  });
}

test("cdktf synth writes the stack, with nothing but npm packages", async (t) => {
  const output = await mkdtemp(join(tmpdir(), "millrace-synth-"));
  t.teardown(() => rm(output, { recursive: true, force: true }));
  await cdktf({}, output);
  const stack = JSON.parse(await readFile(join(output, "stacks", "cluster", "cdk.tf.json"), "utf8"));
  t.is(stack.terraform.required_providers.aws.version, "6.66.0");
  t.truthy(stack.resource.aws_batch_job_queue);
});

test("cdktf synth of an invalid cluster.yaml lists the mistakes and writes no stack", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "millrace-synth-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "cluster.yaml");
  await writeFile(file, "region: eu-west-1\ncompute: { gpus: [{ family: g9 }] }\n");
  const error = await t.throwsAsync<Error & { stdout: string; stderr: string }>(
    cdktf({ MILLRACE_CLUSTER_FILE: file }, join(directory, "out")),
  );
  const said = `${error?.stdout}${error?.stderr}`;
  t.regex(said, /cluster\.yaml:2:29: compute\.gpus\[0\]\.family: must be one of/);
  t.notRegex(said, /at parseCluster/);
  await t.throwsAsync(readFile(join(directory, "out", "stacks", "cluster", "cdk.tf.json")));
});
