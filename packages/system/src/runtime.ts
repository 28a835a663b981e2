import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export type Runtime = "node" | "deno";

const SERVICE_MAIN = fileURLToPath(import.meta.resolve("@millrace/control/main"));

/** The command that starts the service on a runtime, and through it workers and hosts. */
export function serviceCommand(runtime: Runtime): readonly [string, ...string[]] {
  if (runtime === "node") return [process.execPath, SERVICE_MAIN];
  return [denoProgram(), "run", "-A", "--node-modules-dir=manual", SERVICE_MAIN];
}

/** The program itself, as the repository's command is a script that starts it as a child. */
function denoProgram(): string {
  const command = fileURLToPath(new URL("../../../node_modules/.bin/deno", import.meta.url));
  return execFileSync(command, ["eval", "console.log(Deno.execPath())"], { encoding: "utf8" }).trim();
}
