import { isClientError, MillraceClient } from "@millrace/client";
import type { Context } from "./context.ts";
import { LOCAL } from "./environments/environments-file.ts";
import { environmentName, findTarget, type Target } from "./environments/find-target.ts";
import { findHome } from "./home.ts";
import { type Format, Output } from "./output.ts";
import { UserError } from "./user-error.ts";

/** Options that every command has. */
export type GlobalOptions = {
  readonly format: Format;
  readonly home?: string | undefined;
  readonly env?: string | undefined;
};

/** What a command works with. */
export interface App {
  readonly context: Context;
  readonly output: Output;
  /** Directory of the local service's state. */
  readonly home: string;
  /** The environment that is asked for. */
  environment(): Promise<string>;
  /** The service that commands talk to. @throws {UserError} when none is known */
  target(): Promise<Target>;
  /** A client of the service. @throws {UserError} when none is known */
  connect(): Promise<MillraceClient>;
}

export function createApp(context: Context, options: GlobalOptions): App {
  const home = findHome(context, options.home);
  const isHomeNamed = (options.home ?? context.env.MILLRACE_HOME?.trim() ?? "") !== "";
  const asked = { home, isHomeNamed, env: options.env };
  const target = () => findTarget(context, asked);
  return {
    context,
    output: new Output(context, options.format),
    home,
    environment: () => environmentName(context, asked),
    target,
    connect: async () => connect(await target()),
  };
}

function connect({ url, token }: Target): MillraceClient {
  try {
    return new MillraceClient({ url, token });
  } catch (cause) {
    throw new UserError((cause as Error).message, { hint: "check MILLRACE_URL", cause });
  }
}

/** Refuses what is about this machine's service when another is asked for. @throws {UserError} */
export async function requireLocal(app: App, verb: string): Promise<void> {
  const name = await app.environment();
  if (name === LOCAL) return;
  throw new UserError(`Cannot run "${verb}" for environment "${name}": it is about this machine`, {
    hint: `use --env ${LOCAL}; clusters are brought up and down with: millrace cluster ${verb}`,
  });
}

/**
 * The endpoint of an API, which need not be its name. Of an API that was deleted the jobs are still there,
 * and its name is the best guess then.
 */
export async function endpointOf(
  app: App,
  client: MillraceClient,
  options: { readonly api: string; readonly mayBeDeleted?: boolean },
): Promise<string> {
  try {
    const { endpoint } = await client.api(options.api, { signal: app.context.signal });
    return URL.parse(endpoint)?.pathname ?? endpoint;
  } catch (error) {
    if (options.mayBeDeleted && isClientError(error) && error.status === 404) return options.api;
    throw error;
  }
}
