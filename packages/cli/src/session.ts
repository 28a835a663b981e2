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
  /** State directory of the local service. */
  readonly home: string;
  /** The selected environment. */
  environment(): Promise<string>;
  /** The service that commands use. @throws {UserError} when none is known */
  target(): Promise<Target>;
  /** A client for the service. @throws {UserError} when none is known */
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

/** Rejects a command for the local service if another service is selected. @throws {UserError} */
export async function requireLocal(app: App, verb: string): Promise<void> {
  const name = await app.environment();
  if (name === LOCAL) return;
  throw new UserError(`Cannot run "${verb}" for environment "${name}": it works only on this machine`, {
    hint: `use --env ${LOCAL}; clusters are brought up and down with: millrace cluster ${verb}`,
  });
}

/**
 * The endpoint of an API, which may differ from its name. The jobs of a deleted API still exist; for them, the name is
 * the best guess.
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
