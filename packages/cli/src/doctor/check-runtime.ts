import { cliVersion } from "../cli-version.ts";
import { type Check, failed, ok } from "./finding.ts";

/** The first version that runs TypeScript directly and has the `node:sqlite` features that the service needs. */
const MIN_NODE = 24;

/** Checks the command itself and the runtime. */
export const checkRuntime: Check = async () => {
  const { deno, node = "" } = process.versions as NodeJS.ProcessVersions & { readonly deno?: string };
  const machine = `${process.platform} ${process.arch}`;
  return [ok("millrace", await cliVersion()), runtimeFinding({ deno, node, machine })];
};

/** The finding for a runtime. */
export function runtimeFinding(runtime: {
  readonly deno: string | undefined;
  readonly node: string;
  readonly machine: string;
}) {
  const { deno, node, machine } = runtime;
  if (deno !== undefined) return ok("runtime", `Deno ${deno} on ${machine}`);
  const text = `Node ${node} on ${machine}`;
  if (Number.parseInt(node, 10) >= MIN_NODE) return ok("runtime", text);
  return failed("runtime", `${text}, expected ${MIN_NODE} or newer`, `install Node ${MIN_NODE}`);
}
