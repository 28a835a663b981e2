import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { type Attributes, clusterYaml, SHAPES, type Stack, shapeName, synth } from "./fixtures/synth.ts";

/** A directory of providers, as `terraform init -plugin-dir` takes it, for machines that cannot reach the registry. */
const PLUGINS = process.env.MILLRACE_TERRAFORM_PLUGINS;
const UNREACHABLE =
  /Failed to query available provider packages|could not query provider registry|no available releases/;

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs terraform in `directory`. It must not be led by the files of whoever runs the tests: TF_CLI_CONFIG_FILE is empty,
 * unless the registry is a mirror of theirs.
 */
async function terraform(directory: string, ...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  try {
    const { stdout, stderr } = await promisify(execFile)("terraform", [...args, "-no-color"], {
      cwd: directory,
      env,
    });
    return { ok: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    return { ok: false, output: stdout + stderr || message };
  }
}

/** Why the step cannot be done here; undefined when it can. */
async function initialise(
  directory: string,
  stack: Stack,
): Promise<{ readonly why?: string; readonly version: string }> {
  const write = (one: Stack) => writeFile(join(directory, "main.tf.json"), JSON.stringify(one));
  const { backend: _, ...block } = stack.terraform;
  const pinned = { ...stack, terraform: block } as unknown as Stack;
  await write(pinned);
  const version = await terraform(directory, "version");
  if (!version.ok) return { why: `there is no terraform: ${version.output}`, version: "" };
  const from = PLUGINS === undefined ? [] : [`-plugin-dir=${PLUGINS}`];
  const init = await terraform(directory, "init", "-backend=false", "-input=false", ...from);
  const { aws } = block.required_providers as { readonly aws: Attributes };
  if (init.ok) return { version: String(aws.version) };
  if (!UNREACHABLE.test(init.output)) throw new Error(init.output);
  if (PLUGINS === undefined)
    return { why: `the provider cannot be had: ${init.output.slice(0, 500)}`, version: "" };
  // An older provider is better than none.
  await write(forOlderProvider(pinned));
  const older = await terraform(directory, "init", "-backend=false", "-input=false", ...from);
  if (!older.ok) return { why: `the provider cannot be had: ${older.output.slice(0, 500)}`, version: "" };
  return {
    version: (await terraform(directory, "version")).output.match(/hashicorp\/aws v(\S+)/)?.[1] ?? "older",
  };
}

/** The stack for a provider before version 6, which called one argument otherwise. */
function forOlderProvider(stack: Stack): Stack {
  const copy = structuredClone(stack) as Stack & { terraform: { required_providers: { aws: Attributes } } };
  delete copy.terraform.required_providers.aws.version;
  for (const environment of Object.values(copy.resource.aws_batch_compute_environment ?? {})) {
    environment.compute_environment_name_prefix = environment.name_prefix;
    delete environment.name_prefix;
  }
  return copy;
}

test.serial("terraform validate accepts every variant of the stack", async (t) => {
  t.timeout(240_000);
  const directory = await temporary(t);
  // Every network, with and without GPUs; the two kinds of access take turns, as each validation takes seconds.
  const shapes = SHAPES.filter(({ gpus, access }) => (gpus === "gpus") === (access === "public"));
  const [first, ...others] = shapes.map((shape) => [shapeName(shape), synth(clusterYaml(shape))] as const);
  const { why, version } = await initialise(directory, (first as readonly [string, Stack])[1]);
  if (why !== undefined) {
    t.log(`SKIPPED, and this step only: ${why}`);
    t.pass();
    return;
  }
  t.log(`validated with version ${version} of the provider`);
  const isOlder = Number.parseInt(version, 10) < 6;
  for (const [name, stack] of [first as readonly [string, Stack], ...others]) {
    const { backend: _, ...block } = stack.terraform;
    const whole = { ...stack, terraform: block } as unknown as Stack;
    await writeFile(
      join(directory, "main.tf.json"),
      JSON.stringify(isOlder ? forOlderProvider(whole) : whole),
    );
    const { ok, output } = await terraform(directory, "validate");
    t.true(ok, `${name}: ${output}`);
  }
});

async function temporary(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-terraform-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
