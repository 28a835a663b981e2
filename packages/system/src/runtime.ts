import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export type Runtime = "node" | "deno";

const SERVICE_MAIN = fileURLToPath(import.meta.resolve("@millrace/control/main"));

/** The command that starts the service, and through it workers and hosts, on a runtime. */
export function serviceCommand(runtime: Runtime): readonly [string, ...string[]] {
  if (runtime === "node") return [process.execPath, SERVICE_MAIN];
  return [denoProgram(), "run", "-A", "--node-modules-dir=manual", SERVICE_MAIN];
}

/** The deno of this repository. */
function denoProgram(): string {
  // From the root, whose dependency it is.
  const require = createRequire(new URL("../../../package.json", import.meta.url));
  const manifest = require.resolve("deno-bin/package.json");
  const { bin } = require(manifest) as { readonly bin: Readonly<Record<string, string>> };
  return createRequire(manifest).resolve(`./${bin.deno}`);
}
