import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { isClientError, type MillraceClient } from "@millrace/client";
import type { ApiSpec, DeployResponse } from "@millrace/core";
import { showDeploy } from "../deploy-events.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatBytes, formatCount } from "../format.ts";
import { packProject } from "../project/pack-project.ts";
import type { ProjectConfig } from "../project/read-config.ts";
import { reportError } from "../report-error.ts";
import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerDeploy(program: Program, run: Run): void {
  program
    .command("deploy")
    .description("deploy every API of a configuration file, together with the file's directory")
    .argument("[file]", "configuration file; if left out, millrace.yaml, then cortex.yaml")
    .option("--api <name>", "deploy only this API of the file")
    .option("--yes", "ignored; accepted for compatibility with Cortex")
    .addHelpText("after", examples("deploy", "deploy hello/millrace.yaml --api hello"))
    .action((file, { api }) => run((app) => deploy(app, file, api)));
}

/** Attempts when the service is too busy for a request. */
const MAX_TRIES = 5;
const RETRY_MS = 500;

async function deploy(app: App, file: string | undefined, only: string | undefined): Promise<ExitCode> {
  // Imported only here: loading the schemas takes a quarter of the time that any other command or a tab press needs.
  const { readProjectConfig } = await import("../project/read-config.ts");
  const config = pick(await readProjectConfig(app.context.cwd, file), only);
  const client = await app.connect();
  const directory = await mkdtemp(join(tmpdir(), "millrace-deploy-"));
  try {
    const archivePath = join(directory, "project.tar.gz");
    const files = await packProject(config.projectDir, { always: config.fileName, archivePath });
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    app.output.note(
      `packed ${formatCount(files.length)} files (${formatBytes(bytes)}) from ${config.projectDir}`,
    );
    return await deployAll(app, client, { config, archivePath });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function pick(config: ProjectConfig, only: string | undefined): ProjectConfig {
  if (only === undefined) return config;
  const apis = config.apis.filter(({ name }) => name === only);
  if (apis.length > 0) return { ...config, apis };
  throw new UserError(`Cannot deploy API "${only}": ${config.fileName} has no such API`, {
    hint: `it has ${config.apis.map(({ name }) => `"${name}"`).join(", ")}`,
  });
}

/** One failing API does not stop the others: each failure is reported, and the worst one sets the exit code. */
async function deployAll(
  app: App,
  client: MillraceClient,
  project: { readonly config: ProjectConfig; readonly archivePath: string },
): Promise<ExitCode> {
  const deployed: DeployResponse[] = [];
  const failed: { readonly name: string; readonly code: string; readonly message: string }[] = [];
  let exitCode: ExitCode = EXIT.ok;
  for (const api of project.config.apis) {
    try {
      const response = await deployOne(app, client, { ...project, api });
      deployed.push(response);
      app.output.line(`${response.message} (version ${response.api.api_id}): POST ${response.api.endpoint}`);
    } catch (error) {
      if (!isClientError(error) || error.code === "unreachable") throw error;
      exitCode = reportError(error, { context: app.context, output: app.output });
      failed.push({ name: api.name, code: error.code, message: error.message });
    }
  }
  app.output.document({ deployed, failed });
  return exitCode;
}

async function deployOne(
  app: App,
  client: MillraceClient,
  options: { readonly config: ProjectConfig; readonly archivePath: string; readonly api: ApiSpec },
): Promise<DeployResponse> {
  const { api, archivePath, config } = options;
  const { signal } = app.context;
  for (let tries = 1; ; tries++) {
    try {
      const archive = Readable.toWeb(createReadStream(archivePath)) as ReadableStream<Uint8Array>;
      return await showDeploy(app, client.deploy(api.name, archive, { config: config.fileName, signal }));
    } catch (error) {
      // The client sends a stream only once; here the file can be read again.
      if (!isClientError(error, "unavailable") || tries === MAX_TRIES) throw error;
      app.output.note(`${error.message}; trying again`);
      await delay(RETRY_MS * tries, undefined, { signal });
    }
  }
}
