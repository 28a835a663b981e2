import { Command, Option } from "@commander-js/extra-typings";
import { registerCluster } from "./commands/cluster.ts";
import { registerCompletion } from "./commands/completion.ts";
import { registerDashboard } from "./commands/dashboard.ts";
import { registerDelete } from "./commands/delete.ts";
import { registerDeploy } from "./commands/deploy.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerDown } from "./commands/down.ts";
import { registerEnv } from "./commands/env.ts";
import { registerFailures } from "./commands/failures.ts";
import { registerGet } from "./commands/get.ts";
import { registerInit } from "./commands/init.ts";
import { registerJobs } from "./commands/jobs.ts";
import { registerLogs } from "./commands/logs.ts";
import type { Program, RegisterVerb, Run } from "./commands/program.ts";
import { registerRefresh } from "./commands/refresh.ts";
import { registerResults } from "./commands/results.ts";
import { registerRetry } from "./commands/retry.ts";
import { registerSubmit } from "./commands/submit.ts";
import { registerUp } from "./commands/up.ts";
import { registerVersion } from "./commands/version.ts";
import type { Context } from "./context.ts";
import { EXIT_CODE_HELP } from "./exit-codes.ts";

const VERBS: readonly RegisterVerb[] = [
  registerUp,
  registerDown,
  registerInit,
  registerDeploy,
  registerGet,
  registerSubmit,
  registerDashboard,
  registerJobs,
  registerLogs,
  registerResults,
  registerFailures,
  registerRetry,
  registerDelete,
  registerRefresh,
  registerEnv,
  registerCluster,
  registerDoctor,
  registerCompletion,
  registerVersion,
];

/** The command line `millrace`. It never exits the process: it throws for wrong usage and for help. */
export function createProgram(context: Context, createRun: (program: Program) => Run): Program {
  const program: Program = new Command("millrace")
    .description("Offline batch inference: deploy a predictor, submit a dataset, get one result per item")
    .addOption(
      new Option("-o, --format <format>", "format of stdout: text for people, json for programs")
        .choices(["text", "json"] as const)
        .default("text" as const),
    )
    .addOption(new Option("--home <dir>", "directory of the local service's state"))
    .addOption(new Option("-e, --env <name>", "the service to use; see: millrace env list"))
    .addHelpText("after", EXIT_CODE_HELP)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 80,
      getErrHelpWidth: () => context.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError()
    .exitOverride();
  const run = createRun(program);
  for (const register of VERBS) register(program, run);
  return program;
}
