import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MillraceClient } from "@millrace/client";
import type { ServiceFile } from "@millrace/core";
import type { Context } from "../context.ts";
import { isAlive, readServiceFile } from "../environments/service-file.ts";
import { EXIT } from "../exit-codes.ts";
import { UserError } from "../user-error.ts";

const READY_LIMIT_MS = 60_000;
const POLL_MS = 50;
const SHOWN_LOG_LINES = 15;

export interface StartOptions {
  readonly home: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Let it outlive this process, with its output in `<home>/service.log`. */
  readonly detach: boolean;
}

/** A running service that answers. */
export interface StartedService {
  readonly child: ChildProcess;
  readonly service: ServiceFile;
}

/** The service of this home, if one runs and answers. */
export async function runningService(home: string): Promise<ServiceFile | undefined> {
  const service = await readServiceFile(home);
  if (service === undefined || !isAlive(service.pid)) return undefined;
  return (await isReady(service.url)) ? service : undefined;
}

/**
 * Starts the service and waits until it answers.
 *
 * @throws {UserError} when it ends first, or does not answer in time
 */
export async function startService(context: Context, options: StartOptions): Promise<StartedService> {
  const logPath = join(options.home, "service.log");
  context.signal.throwIfAborted();
  const child = launch(context, options, logPath);
  const settled = new AbortController();
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("error", (cause) => {
      reject(new UserError(`Cannot start the service: ${cause.message}`, { exitCode: EXIT.failed, cause }));
    });
    child.once("exit", (code, signal) => reject(new EarlyExit(code, signal)));
  });
  const stop = () => child.kill(interruptionSignal(context));
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    const service = await Promise.race([ended, becomesReady(options.home, child, settled.signal)]);
    return { child, service };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof EarlyExit) throw await earlyExit(error, options.detach ? logPath : undefined);
    child.kill("SIGTERM");
    throw error;
  } finally {
    settled.abort();
    context.signal.removeEventListener("abort", stop);
    ended.catch(() => {});
  }
}

/** The signal that interrupted the wait, to be forwarded. */
export function interruptionSignal(context: Context): NodeJS.Signals {
  const reason = context.signal.reason as { readonly signalName?: NodeJS.Signals } | undefined;
  return reason?.signalName ?? "SIGTERM";
}

class EarlyExit extends Error {
  readonly how: string;

  constructor(code: number | null, signal: NodeJS.Signals | null) {
    super("the service ended");
    this.how = signal === null ? `exit code ${code}` : signal;
  }
}

function launch(context: Context, options: StartOptions, logPath: string): ChildProcess {
  const [command, ...args] = context.serviceCommand;
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const log = options.detach ? openSync(logPath, "a", 0o600) : undefined;
  const child = spawn(command, args, {
    cwd: context.cwd,
    env: {
      ...context.env,
      MILLRACE_HOME: options.home,
      ...(options.host === undefined ? {} : { MILLRACE_HOST: options.host }),
      ...(options.port === undefined ? {} : { MILLRACE_PORT: String(options.port) }),
    },
    stdio: log === undefined ? ["ignore", "inherit", "inherit"] : ["ignore", log, log],
    // Outside the terminal's process group: Ctrl-C then reaches it only once, forwarded by us.
    detached: true,
  });
  if (log !== undefined) closeSync(log);
  return child;
}

async function becomesReady(home: string, child: ChildProcess, signal: AbortSignal): Promise<ServiceFile> {
  const deadlineMs = performance.now() + READY_LIMIT_MS;
  while (performance.now() < deadlineMs) {
    const service = await readServiceFile(home);
    if (service?.pid === child.pid && service !== undefined && (await isReady(service.url))) return service;
    await delay(POLL_MS, undefined, { signal });
  }
  throw new UserError(`Cannot start the service: it did not answer within ${READY_LIMIT_MS / 1_000} s`, {
    exitCode: EXIT.unreachable,
  });
}

async function isReady(url: string): Promise<boolean> {
  return new MillraceClient({ url }).ready({ signal: AbortSignal.timeout(2_000) }).catch(() => false);
}

async function earlyExit(error: EarlyExit, logPath: string | undefined): Promise<UserError> {
  const lines =
    logPath === undefined ? [] : (await readFile(logPath, "utf8").catch(() => "")).trimEnd().split("\n");
  const last = lines.slice(-SHOWN_LOG_LINES).join("\n");
  return new UserError(
    `Cannot start the service: it ended with ${error.how}${last === "" ? ", see above" : `:\n${last}`}`,
    {
      exitCode: EXIT.failed,
    },
  );
}
