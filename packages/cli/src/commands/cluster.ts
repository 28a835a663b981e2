import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "@millrace/process-tree";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { interruptionSignal } from "../service/start-service.ts";
import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";
import { forgetEnvironment, saveEnvironment } from "./env.ts";
import { examples, type Program, type Run } from "./program.ts";

/** Next to `packages`, in the repository. */
const INFRA = fileURLToPath(new URL("../../../../infra", import.meta.url));

const VERBS = {
  preflight: "check the account, quotas, names and costs before creating anything",
  up: "create the cluster, or change it to match cluster.yaml",
  info: "show the cluster's address and state",
  down: "stop jobs and remove the cluster; data is kept unless --delete-data",
} as const;

export function registerCluster(program: Program, run: Run): void {
  const cluster = program
    .command("cluster")
    .description("manage a cluster on AWS, described by a cluster.yaml")
    .addHelpText("after", examples("cluster preflight", "cluster up --yes"));
  for (const [verb, description] of Object.entries(VERBS)) {
    cluster
      .command(verb)
      .description(description)
      .helpOption(false)
      .allowUnknownOption()
      .argument("[options...]", "see: millrace cluster <command> --help")
      .action((options) => run((app) => runVerb(app, verb, options)));
  }
}

/**
 * Runs the infrastructure program. Its dependencies are installed on first use, so that only cluster users wait for
 * them.
 */
async function runVerb(app: App, verb: string, options: readonly string[]): Promise<ExitCode> {
  const infra = resolve(app.context.cwd, app.context.env.MILLRACE_INFRA?.trim() || INFRA);
  const main = join(infra, "src", "commands", "main.ts");
  if (!(await exists(main))) {
    throw new UserError(`Cannot find the infrastructure: there is no "${main}"`, {
      hint: "run it from a clone of the repository, or name its directory infra with MILLRACE_INFRA",
    });
  }
  if (await isStale(infra)) {
    app.output.note("installing the Terraform CDK and the AWS provider's types, once (some 50 MB)");
    const code = await execute(app, ["npx", "-y", "pnpm@12", "install", "--frozen-lockfile"], { cwd: infra });
    if (code !== 0) return EXIT.failed;
  }
  const directory = await mkdtemp(join(tmpdir(), "millrace-cluster-"));
  const result = join(directory, "result.json");
  try {
    const env = { MILLRACE_CLUSTER_RESULT: result };
    const code = await execute(app, [process.execPath, main, verb, ...options], {
      cwd: app.context.cwd,
      env,
    });
    if (code === 0) await takeResult(app, result);
    return code as ExitCode;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** After `up`, saves the cluster as an environment; after `down`, removes that environment. */
async function takeResult(app: App, path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const result = JSON.parse(text) as {
    readonly cluster: string;
    readonly url?: string;
    readonly token?: string;
  };
  if (result.url !== undefined && result.token !== undefined) {
    await saveEnvironment(app, result.cluster, { url: result.url, token: result.token });
    app.output.note(`saved as environment "${result.cluster}"; use it with --env ${result.cluster}`);
  } else if (await forgetEnvironment(app, result.cluster)) {
    app.output.note(`removed environment "${result.cluster}"`);
  }
}

async function execute(
  { context }: App,
  command: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<number> {
  const { code } = await runProcess(command, {
    cwd: options.cwd,
    env: { ...context.env, ...options.env },
    isInteractive: true,
    output: "inherit",
    signal: context.signal,
    killSignal: interruptionSignal(context),
  });
  return code ?? EXIT.interrupted;
}

/** True if nothing is installed, or not what the lockfile says now. */
async function isStale(infra: string): Promise<boolean> {
  const [installed, lockfile] = await Promise.all([
    stat(join(infra, "node_modules", ".modules.yaml")).catch(() => undefined),
    stat(join(infra, "pnpm-lock.yaml")).catch(() => undefined),
  ]);
  return installed === undefined || (lockfile !== undefined && installed.mtimeMs < lockfile.mtimeMs);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
