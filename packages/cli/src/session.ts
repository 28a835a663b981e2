import { isClientError, MillraceClient } from "@millrace/client";
import type { Context } from "./context.ts";
import { EXIT } from "./exit-codes.ts";
import { findHome } from "./home.ts";
import { type Format, Output } from "./output.ts";
import { readServiceFile, readToken } from "./service/service-file.ts";
import { UserError } from "./user-error.ts";

/** Options that every command has. */
export type GlobalOptions = {
  readonly format: Format;
  readonly home?: string | undefined;
};

/** What a command works with. */
export interface App {
  readonly context: Context;
  readonly output: Output;
  /** Directory of the local service's state. */
  readonly home: string;
  /** A client of the service. @throws {UserError} when none is known */
  connect(): Promise<MillraceClient>;
}

export function createApp(context: Context, options: GlobalOptions): App {
  const home = findHome(context, options.home);
  return {
    context,
    output: new Output(context, options.format),
    home,
    connect: () => connect(context, home),
  };
}

async function connect(context: Context, home: string): Promise<MillraceClient> {
  const url = (context.env.MILLRACE_URL?.trim() || undefined) ?? (await readServiceFile(home))?.url;
  if (url === undefined) {
    throw new UserError(`Cannot reach the service: none runs for the home directory "${home}"`, {
      exitCode: EXIT.unreachable,
      hint: "start one with: millrace up; or name another with --home or MILLRACE_URL",
    });
  }
  const token = (context.env.MILLRACE_TOKEN?.trim() || undefined) ?? (await readToken(home));
  try {
    return new MillraceClient({ url, token });
  } catch (cause) {
    throw new UserError((cause as Error).message, { hint: "check MILLRACE_URL", cause });
  }
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
