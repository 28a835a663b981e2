import { execFile } from "node:child_process";
import type { Allowed } from "./allowed.ts";

/** A registry that does not answer must not hold up offline work. */
const LIMIT_MS = 20_000;
const SERIOUS = ["high", "critical"];

interface Advisory {
  readonly github_advisory_id?: string;
  readonly id?: number;
  readonly module_name: string;
  readonly severity: string;
  readonly title: string;
  readonly url?: string;
}

/** What the registry knows about the workspace's packages. */
export type Audit =
  | { readonly asked: true; readonly problems: readonly string[] }
  /** Why nothing is known. */
  | { readonly asked: false; readonly reason: string };

/** Asks the registry, through pnpm, for high and critical advisories that are not in the list. */
export async function audit(
  root: string,
  { advisories: allowed }: Allowed,
  options: { readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Audit> {
  const { stdout, stderr } = await runAudit(root, options.env ?? process.env);
  const advisories = parse(stdout);
  if (advisories === undefined) return { asked: false, reason: reasonOf(stderr || stdout) };
  const problems = advisories
    .filter(({ severity }) => SERIOUS.includes(severity))
    .filter(
      (found) => !allowed.some(({ id, package: name }) => id === idOf(found) && name === found.module_name),
    )
    .map(
      (found) =>
        `${found.module_name}: ${found.severity}: ${found.title} (${idOf(found)}): update it, or add it to scripts/dependencies/allowed.json with reason and date`,
    );
  return { asked: true, problems };
}

function runAudit(
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const args = ["-y", "pnpm@12", "audit", "--json"];
  return new Promise((resolve) => {
    // It exits with 1 both for findings and for failures: only its output tells which.
    execFile(
      "npx",
      args,
      { cwd: root, env, timeout: LIMIT_MS, maxBuffer: 1 << 28 },
      (error, stdout, stderr) =>
        resolve({ stdout, stderr: error?.killed ? `no answer within ${LIMIT_MS / 1_000} s` : stderr }),
    );
  });
}

/** Undefined for anything but an audit report. */
function parse(text: string): readonly Advisory[] | undefined {
  try {
    const { advisories } = JSON.parse(text) as { readonly advisories?: Readonly<Record<string, Advisory>> };
    return advisories === undefined ? undefined : Object.values(advisories);
  } catch {
    return undefined;
  }
}

function idOf({ github_advisory_id: id, url, id: number }: Advisory): string {
  return id ?? /GHSA(?:-\w{4}){3}/.exec(url ?? "")?.[0] ?? String(number);
}

function reasonOf(output: string): string {
  return (
    output
      .replace(/[\s│×]+/g, " ")
      .trim()
      .slice(0, 300) || "pnpm said nothing"
  );
}
