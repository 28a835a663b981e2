#!/usr/bin/env node
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { COMPLETE_VERB } from "./commands/completion.ts";
import type { Context, Interruption } from "./context.ts";
import { EXIT } from "./exit-codes.ts";
import { runCommandLine } from "./run.ts";

const controller = new AbortController();

for (const signalName of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signalName, () => {
    // On a second interrupt, stop waiting.
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    const interruption: Interruption = { signalName };
    controller.abort(Object.assign(new DOMException("interrupted", "AbortError"), interruption));
  });
}

// A reader that goes away, such as `| head`, is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed);
});

const context: Context = Object.freeze({
  env: Object.freeze({ ...process.env }),
  cwd: userDirectory(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: controller.signal,
  serviceCommand: serviceCommand(),
});

process.exitCode = await runCommandLine(process.argv.slice(2), context);
// A pending lookup of names would keep the process running and block the prompt.
if (process.argv[2] === COMPLETE_VERB) process.stdout.write("", () => process.exit());
// A terminal on stdin would keep the process running.
process.stdin.unref?.();

function serviceCommand(): readonly [string, ...string[]] {
  const main = fileURLToPath(import.meta.resolve("@millrace/control/main"));
  if (!("deno" in process.versions)) return [process.execPath, main];
  return [process.execPath, "run", "-A", "--node-modules-dir=manual", main];
}

/**
 * The user's working directory. pnpm runs scripts in the package's directory and gives the original one in INIT_CWD.
 */
function userDirectory(): string {
  const { INIT_CWD, npm_lifecycle_event: script, npm_package_json: manifest } = process.env;
  const isScript = (script === "millrace" || script === "api:deploy") && manifest !== undefined;
  const isThere = isScript && process.cwd() === dirname(manifest);
  return isThere && INIT_CWD ? INIT_CWD : process.cwd();
}
