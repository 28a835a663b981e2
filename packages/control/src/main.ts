import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lockHome, openLocalBackend } from "@millrace/backend-local";
import { type Backend, isMillraceError, type Logger, waitOut } from "@millrace/core";
import { descriptorBudget, descriptorLimit } from "./descriptors/descriptor-budget.ts";
import type { ThreadSettings } from "./enqueuer/messages.ts";
import { startEnqueuerThread } from "./enqueuer/start-thread.ts";
import { createWinstonLogger } from "./logging/winston-logger.ts";
import { startService } from "./start-service.ts";
import { type Config, parseConfig } from "./startup/config.ts";
import { runtimeCommand } from "./startup/runtime-command.ts";
import { removeServiceFile, writeServiceFile } from "./startup/service-file.ts";
import { loadToken, takeToken } from "./startup/token-file.ts";
import { VERSION } from "./version.ts";

/** sysexits.h: EX_CONFIG for invalid settings, EX_TEMPFAIL for resources in use by another process. */
const EXIT = { failed: 1, inUse: 75, config: 78 };

/** How long start-up waits for temporary errors, such as a lack of file descriptors. */
const START_PATIENCE_MS = 60_000;

async function main(): Promise<void> {
  const given = takeToken(process.env);
  const config = parseConfig(process.env, process.cwd());
  // Files of the service are readable only by their owner; files of predictors use the umask of whoever started the
  // service.
  const umask = process.umask(0o077);
  const logger = createWinstonLogger(config.logLevel);
  await mkdir(config.home, { recursive: true, mode: 0o700 });
  const unlock = lockHome(config.home);
  const descriptors = descriptorBudget(descriptorLimit());
  const { openJobs } = descriptors;
  const { backend, threadBackend } =
    config.backend === "aws" ? await openAws(logger) : await openLocal(config, { logger, openJobs, umask });
  const patience = { logger, patienceMs: START_PATIENCE_MS };
  const service = await startService({
    ...config,
    backend,
    logger,
    descriptors,
    token: given ?? (await waitOut(() => loadToken(config.home), patience)),
    startThread: () => startEnqueuerThread({ backend: threadBackend, logLevel: config.logLevel }),
  });
  const file = { url: service.url, pid: process.pid, version: VERSION };
  await waitOut(() => writeServiceFile(config.home, file), patience);
  const stop = async (signal: string) => {
    logger.info("stopping", { signal });
    await service.stop();
    await removeServiceFile(config.home);
    await backend.pool.close();
    await backend.ledger.close();
    unlock();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void stop(signal).catch((error) => fail(error, config)));
  }
  process.stdout.write(`Millrace is listening on ${service.url}\n`);
}

/** The backend, and the settings with which the enqueuer's thread opens its own. */
interface Opened {
  readonly backend: Backend;
  readonly threadBackend: ThreadSettings["backend"];
}

async function openLocal(
  { home }: Config,
  { logger, openJobs, umask }: { readonly logger: Logger; readonly openJobs: number; readonly umask: number },
): Promise<Opened> {
  const backend = await openLocalBackend({
    home,
    logger,
    openJobs,
    workerCommand: runtimeCommand(fileURLToPath(import.meta.resolve("@millrace/worker/main"))),
    environment: {
      NODE_COMPILE_CACHE: join(home, "cache", "compiled"),
      ...process.env,
      MILLRACE_UMASK: umask.toString(8),
    },
  });
  return { backend, threadBackend: { kind: "local", home, openJobs } };
}

/** Loaded only here, so that the local backend does not wait for the AWS SDK. */
async function openAws(logger: Logger): Promise<Opened> {
  const { openAwsBackend, parseAwsConfig } = await import("@millrace/backend-aws");
  const config = parseAwsConfig(process.env);
  return { backend: await openAwsBackend({ config, logger }), threadBackend: { kind: "aws", config } };
}

function fail(error: unknown, config?: Config): never {
  const known = isMillraceError(error);
  const text =
    known || config?.logLevel !== "debug" ? String((error as Error).message) : (error as Error).stack;
  process.stderr.write(`millrace: ${known ? error.message : text}\n`);
  const inUse = isMillraceError(error, "state_in_use") || isMillraceError(error, "conflict");
  const isConfig =
    isMillraceError(error, "invalid_config") || isMillraceError(error, "backend_misconfigured");
  process.exit(inUse ? EXIT.inUse : isConfig ? EXIT.config : EXIT.failed);
}

// Often a file in the home directory: a full disk or a closed pipe may lose log lines, but must not stop the service.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

await main().catch((error: unknown) => fail(error));
