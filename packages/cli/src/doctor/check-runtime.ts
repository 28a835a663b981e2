import { cliVersion } from "../cli-version.ts";
import { type Check, failed, ok } from "./finding.ts";

/** The first that runs TypeScript as it is and has what the service needs of `node:sqlite`. */
const MIN_NODE = 24;

/** The command itself and what runs it. */
export const checkRuntime: Check = async () => {
  const { deno, node = "" } = process.versions as NodeJS.ProcessVersions & { readonly deno?: string };
  const machine = `${process.platform} ${process.arch}`;
  return [ok("millrace", await cliVersion()), runtimeFinding({ deno, node, machine })];
};

/** What is said of a runtime. */
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
