import { once } from "node:events";
import { DEFAULTS } from "@millrace/core";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { portProblem } from "../service/port-problem.ts";
import {
  interruptionSignal,
  runningService,
  type StartedService,
  startService,
} from "../service/start-service.ts";
import { type App, requireLocal } from "../session.ts";
import { integerFrom } from "../submission/parse-flags.ts";
import { UserError } from "../user-error.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerUp(program: Program, run: Run): void {
  program
    .command("up")
    .description("start the service on this machine")
    .option("--port <port>", "port to listen on; 0 picks a free one", integerFrom(0, 65_535))
    .option("--host <host>", "address to listen on; put a TLS proxy in front of any address but loopback")
    .option("--detach", "return when the service is ready; stop it with: millrace down")
    .addHelpText("after", examples("up --detach", "up --port 8081 --home /data/millrace"))
    .action((options) => run((app) => up(app, options)));
}

interface UpOptions {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly detach?: true | undefined;
}

async function up(app: App, options: UpOptions): Promise<ExitCode> {
  await requireLocal(app, "up");
  const running = await runningService(app.home);
  if (running !== undefined) return alreadyRunning(app, running, options);
  await checkPort(app, options);
  const started = await startService(app.context, {
    home: app.home,
    ...options,
    detach: options.detach ?? false,
  });
  const { url, pid } = started.service;
  app.output.line(`millrace is ready at ${app.output.style("bold", url)} (home ${app.home})`);
  app.output.document({ url, pid, home: app.home, started: true });
  if (options.detach) {
    started.child.unref();
    return EXIT.ok;
  }
  return serveUntilEnd(app, started);
}

/** Names the process that uses the port, which the service cannot do. */
async function checkPort(app: App, options: UpOptions): Promise<void> {
  const { env } = app.context;
  const host = options.host ?? (env.MILLRACE_HOST?.trim() || DEFAULTS.host);
  const port = options.port ?? Number(env.MILLRACE_PORT?.trim() || DEFAULTS.port);
  // The service itself reports an invalid port.
  if (port === 0 || !(port <= 65_535)) return;
  const problem = await portProblem(app, { host, port });
  if (problem === undefined) return;
  throw new UserError(`Cannot start the service: port ${problem.message}`, {
    exitCode: EXIT.failed,
    hint: problem.advice,
  });
}

function alreadyRunning(
  app: App,
  service: { readonly url: string; readonly pid: number },
  options: UpOptions,
): ExitCode {
  const { url, pid } = service;
  if (!options.detach) {
    throw new UserError(
      `Cannot start the service: one is already running for "${app.home}", at ${url} (process ${pid})`,
      {
        hint: "use it, stop it with: millrace down, or choose another directory with --home",
      },
    );
  }
  app.output.line(`millrace is already running at ${url} (home ${app.home})`);
  app.output.document({ url, pid, home: app.home, started: false });
  return EXIT.ok;
}

/** Forwards Ctrl-C and SIGTERM to the service, and ends with its exit code. */
async function serveUntilEnd(app: App, { child }: StartedService): Promise<ExitCode> {
  const { signal } = app.context;
  const passOn = () => child.kill(interruptionSignal(app.context));
  if (signal.aborted) passOn();
  signal.addEventListener("abort", passOn, { once: true });
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  // Whatever number the service ended with.
  return (child.exitCode ?? EXIT.failed) as ExitCode;
}
