import { setTimeout as delay } from "node:timers/promises";
import { DEFAULTS } from "@millrace/core";
import { isAlive, readServiceFile } from "../environments/service-file.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { runningService } from "../service/start-service.ts";
import { type App, requireLocal } from "../session.ts";
import { UserError } from "../user-error.ts";
import { examples, type Program, type Run } from "./program.ts";

const POLL_MS = 50;

export function registerDown(program: Program, run: Run): void {
  program
    .command("down")
    .description("stop the service on this machine; jobs continue, and the next service resumes them")
    .addHelpText("after", examples("down", "down --home /data/millrace"))
    .action(() => run(down));
}

async function down(app: App): Promise<ExitCode> {
  await requireLocal(app, "down");
  const service = await readServiceFile(app.home);
  if (service === undefined || !isAlive(service.pid)) {
    app.output.line(`no service is running for ${app.home}`);
    app.output.document({ stopped: false, home: app.home });
    return EXIT.ok;
  }
  const { pid, url } = service;
  // After a crash and a reboot, the process id may belong to another process: end only a service that answers.
  if ((await runningService(app.home)) === undefined) {
    throw new UserError(
      `Cannot stop the service: process ${pid} does not answer at ${url}, so it may be another program`,
      {
        exitCode: EXIT.unreachable,
        hint: `if it is the service, end it with: kill ${pid}`,
      },
    );
  }
  process.kill(pid, "SIGTERM");
  const deadlineMs = performance.now() + (DEFAULTS.stopGraceSeconds + 5) * 1_000;
  while (isAlive(pid)) {
    if (performance.now() > deadlineMs) {
      throw new UserError(`Cannot stop the service: process ${pid} is still running`, {
        exitCode: EXIT.failed,
        hint: `end it with: kill -9 ${pid}; nothing is lost`,
      });
    }
    await delay(POLL_MS, undefined, { signal: app.context.signal });
  }
  app.output.line(`stopped the service at ${url}`);
  app.output.document({ stopped: true, home: app.home, url, pid });
  return EXIT.ok;
}
