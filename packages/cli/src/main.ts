#!/usr/bin/env node
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Context, Interruption } from "./context.ts";
import { EXIT } from "./exit-codes.ts";
import { runCommandLine } from "./run.ts";

const controller = new AbortController();

for (const signalName of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signalName, () => {
    // Asked twice: no more waiting.
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    const interruption: Interruption = { signalName };
    controller.abort(Object.assign(new DOMException("interrupted", "AbortError"), interruption));
  });
}

// A reader that went away, such as `| head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed);
});

const context: Context = Object.freeze({
  env: Object.freeze({ ...process.env }),
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: controller.signal,
  serviceCommand: serviceCommand(),
});

process.exitCode = await runCommandLine(process.argv.slice(2), context);
// A terminal on stdin would keep the process open.
process.stdin.unref?.();

function serviceCommand(): readonly [string, ...string[]] {
  const main = fileURLToPath(import.meta.resolve("@millrace/control/main"));
  if (!("deno" in process.versions)) return [process.execPath, main];
  return [process.execPath, "run", "-A", "--node-modules-dir=manual", main];
}
