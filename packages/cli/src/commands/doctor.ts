import { checkClock } from "../doctor/check-clock.ts";
import { checkEnvironments, checkEveryEnvironment } from "../doctor/check-environments.ts";
import { checkGpus } from "../doctor/check-gpus.ts";
import { checkHome } from "../doctor/check-home.ts";
import { checkPort } from "../doctor/check-port.ts";
import { checkPython } from "../doctor/check-python.ts";
import { checkQuarantine } from "../doctor/check-quarantine.ts";
import { checkRuntime } from "../doctor/check-runtime.ts";
import { checkService } from "../doctor/check-service.ts";
import { checkToken } from "../doctor/check-token.ts";
import { type Check, type Finding, failure } from "../doctor/finding.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import type { App } from "../session.ts";
import { examples, type Program, type Run } from "./program.ts";

/** In order, from the machine to the service. */
const CHECKS: Readonly<Record<string, Check>> = {
  runtime: checkRuntime,
  python: checkPython,
  gpus: checkGpus,
  home: checkHome,
  quarantine: checkQuarantine,
  token: checkToken,
  clock: checkClock,
  port: checkPort,
  service: checkService,
  environments: checkEnvironments,
};

const STATE_COLUMNS = 9;
const STYLES = { ok: "green", warning: "yellow", failed: "red" } as const;

export function registerDoctor(program: Program, run: Run): void {
  program
    .command("doctor")
    .description("check what millrace needs on this machine, and say how to fix what is wrong")
    .option("--all", "also check every environment's service")
    .addHelpText("after", examples("doctor", "doctor --all -o json"))
    .action((options) => run((app) => doctor(app, options)));
}

async function doctor(app: App, options: { readonly all?: true | undefined }): Promise<ExitCode> {
  const checks = { ...CHECKS, ...(options.all ? { "every environment": checkEveryEnvironment } : {}) };
  const found = await Promise.all(
    Object.entries(checks).map(([name, check]) => check(app).catch((error) => [failure(name, error)])),
  );
  app.context.signal.throwIfAborted();
  const findings = found.flat();
  const isOk = findings.every(({ state }) => state !== "failed");
  print(app.output, findings);
  app.output.document({
    ok: isOk,
    findings: findings.map(({ check, state, message, advice = null }) => ({ check, state, message, advice })),
  });
  return isOk ? EXIT.ok : EXIT.failed;
}

function print(output: Output, findings: readonly Finding[]): void {
  const columns = Math.max(...findings.map(({ check }) => check.length)) + 2;
  for (const { check, state, message, advice } of findings) {
    output.line(
      `${output.style(STYLES[state], state.padEnd(STATE_COLUMNS))}${check.padEnd(columns)}${message}`,
    );
    if (advice !== undefined) output.line(`${" ".repeat(STATE_COLUMNS + columns)}${advice}`);
  }
  const count = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const warnings = count("warning");
  output.line(`${count("failed")} failed, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`);
}
