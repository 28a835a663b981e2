import type { Context } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { UserError } from "../user-error.ts";
import { LOCAL, readEnvironments } from "./environments-file.ts";
import { isLoopback } from "./service-address.ts";
import { readServiceFile, readToken } from "./service-file.ts";

/** The service that a command uses. */
export interface Target {
  readonly url: string;
  readonly token: string | undefined;
  /** Its name in messages. */
  readonly name: string;
}

export interface TargetOptions {
  /** `--env` */
  readonly env?: string | undefined;
  /** State directory of the local service. */
  readonly home: string;
  /** `--home` or `MILLRACE_HOME` was given. */
  readonly isHomeNamed: boolean;
}

/**
 * Finds the service. Order: `--env`, `MILLRACE_URL`, `MILLRACE_ENV`, an explicit home, the default environment. A token
 * is only sent to its own service: `MILLRACE_TOKEN` is for `MILLRACE_URL` and the local service.
 *
 * @throws {UserError} when no service is found
 */
export async function findTarget(context: Context, options: TargetOptions): Promise<Target> {
  const variable = (name: string) => context.env[name]?.trim() || undefined;
  const token = variable("MILLRACE_TOKEN");
  if (options.env === undefined) {
    const url = variable("MILLRACE_URL");
    if (url !== undefined) return { url, token: token ?? (await tokenFor(url, options.home)), name: url };
  }
  const name = await environmentName(context, options);
  if (name === LOCAL) return localTarget(options.home, token);
  const { services } = await readEnvironments(context);
  const service = Object.hasOwn(services, name) ? services[name] : undefined;
  if (service === undefined) throw noEnvironment(name, Object.keys(services));
  return { ...service, name: `environment "${name}"` };
}

/** Name of the selected environment. */
export async function environmentName(
  context: Context,
  { env, isHomeNamed }: Pick<TargetOptions, "env" | "isHomeNamed">,
): Promise<string> {
  const named = env ?? (context.env.MILLRACE_ENV?.trim() || undefined);
  if (named !== undefined) return named;
  if (isHomeNamed) return LOCAL;
  return (await readEnvironments(context)).default;
}

export function noEnvironment(name: string, known: readonly string[]): UserError {
  return new UserError(
    `Cannot use environment "${name}": it does not exist, expected ${[LOCAL, ...known].join(", ")}`,
    { hint: `add it with: millrace env add ${name} --url https://…` },
  );
}

/** The home's token, if the address is its own service or another one on this machine. */
async function tokenFor(url: string, home: string): Promise<string | undefined> {
  const isOwn = (await readServiceFile(home))?.url === url;
  return isOwn || isLoopback(url) ? readToken(home) : undefined;
}

async function localTarget(home: string, token: string | undefined): Promise<Target> {
  const service = await readServiceFile(home);
  if (service === undefined) {
    throw new UserError(`Cannot reach the service: none is running for the home directory "${home}"`, {
      exitCode: EXIT.unreachable,
      hint: "start one with: millrace up; or name another with --home, --env or MILLRACE_URL",
    });
  }
  return { url: service.url, token: token ?? (await readToken(home)), name: LOCAL };
}
