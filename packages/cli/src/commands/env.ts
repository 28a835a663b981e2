import { MillraceClient } from "@millrace/client";
import {
  type Environments,
  LOCAL,
  readEnvironments,
  writeEnvironments,
} from "../environments/environments-file.ts";
import { noEnvironment } from "../environments/find-target.ts";
import { serviceAddress } from "../environments/service-address.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";
import { examples, type Program, type Run } from "./program.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const MAX_TOKEN_BYTES = 4_096;

export function registerEnv(program: Program, run: Run): void {
  const env = program
    .command("env")
    .description("manage environments: the services that commands can use")
    .addHelpText(
      "after",
      examples("env list", "env add box --url https://box.example.com --token-stdin < token"),
    );
  env
    .command("list")
    .description("list environments and mark the default")
    .addHelpText("after", examples("env list", "env list -o json"))
    .action(() => run(list));
  env
    .command("add")
    .alias("configure")
    .description("add or change an environment; the token is read from stdin or MILLRACE_TOKEN")
    .argument("<name>", "name of the environment")
    .requiredOption("--url <url>", "address of the service")
    .option("--token-stdin", "read the token from stdin")
    .option("--insecure", "allow http:// to another machine")
    .option("--no-check", "do not check that the service accepts the token")
    .addHelpText("after", examples("env add box --url https://box.example.com --token-stdin < token"))
    .action((name, options) => run((app) => add(app, name, options)));
  env
    .command("remove")
    .alias("delete")
    .description("remove an environment; this does not affect the service")
    .argument("<name>")
    .addHelpText("after", examples("env remove box"))
    .action((name) => run((app) => remove(app, name)));
  env
    .command("default")
    .description("print or set the default environment")
    .argument("[name]")
    .addHelpText("after", examples("env default", "env default box"))
    .action((name) => run((app) => chooseDefault(app, name)));
}

async function list(app: App): Promise<ExitCode> {
  const { default: chosen, services } = await readEnvironments(app.context);
  const rows = [
    [LOCAL, "this machine"],
    ...Object.entries(services).map(([name, { url }]) => [name, url] as const),
  ];
  app.output.table(
    [{ title: "" }, { title: "name" }, { title: "service" }],
    rows.map(([name = "", url = ""]) => [name === chosen ? "*" : "", name, url]),
  );
  app.output.document({
    default: chosen,
    environments: rows.map(([name, url]) => ({ name, url: name === LOCAL ? null : url })),
  });
  return EXIT.ok;
}

interface AddOptions {
  readonly url: string;
  readonly tokenStdin?: true | undefined;
  readonly insecure?: true | undefined;
  readonly check: boolean;
}

async function add(app: App, name: string, options: AddOptions): Promise<ExitCode> {
  if (name === LOCAL || !NAME.test(name)) {
    const expected =
      name === LOCAL ? "another name: this one means this machine" : 'letters, digits, ".", "_" and "-"';
    throw new UserError(`Cannot add environment "${name}": expected ${expected}`);
  }
  const url = serviceAddress(options.url, { insecure: options.insecure ?? false });
  const token = await tokenOf(app, options);
  // Reports a wrong address or token now instead of at the first deploy.
  if (options.check) await new MillraceClient({ url, token }).apis({ signal: app.context.signal });
  await saveEnvironment(app, name, { url, token });
  app.output.line(
    `added environment "${name}" (${url}); use it with: --env ${name}, or: millrace env default ${name}`,
  );
  app.output.document({ name, url });
  return EXIT.ok;
}

/** Saves a service under a name, replacing any earlier one. */
export async function saveEnvironment(
  app: App,
  name: string,
  service: Environments["services"][string],
): Promise<void> {
  const environments = await readEnvironments(app.context);
  await writeEnvironments(app.context, {
    ...environments,
    services: { ...environments.services, [name]: service },
  });
}

/** Removes an environment. @returns whether it existed */
export async function forgetEnvironment(app: App, name: string): Promise<boolean> {
  const { default: chosen, services } = await readEnvironments(app.context);
  if (!Object.hasOwn(services, name)) return false;
  const { [name]: _, ...others } = services;
  await writeEnvironments(app.context, { default: chosen === name ? LOCAL : chosen, services: others });
  return true;
}

async function remove(app: App, name: string): Promise<ExitCode> {
  if (name === LOCAL) throw new UserError(`Cannot remove environment "${LOCAL}": it means this machine`);
  if (!(await forgetEnvironment(app, name))) {
    throw noEnvironment(name, Object.keys((await readEnvironments(app.context)).services));
  }
  app.output.line(`removed environment "${name}"`);
  app.output.document({ removed: name });
  return EXIT.ok;
}

async function chooseDefault(app: App, name: string | undefined): Promise<ExitCode> {
  const environments = await readEnvironments(app.context);
  if (name !== undefined) {
    const known = name === LOCAL || Object.hasOwn(environments.services, name);
    if (!known) throw noEnvironment(name, Object.keys(environments.services));
    await writeEnvironments(app.context, { ...environments, default: name });
  }
  app.output.line(name ?? environments.default);
  app.output.document({ default: name ?? environments.default });
  return EXIT.ok;
}

async function tokenOf(app: App, { tokenStdin }: AddOptions): Promise<string> {
  const token = tokenStdin ? await readStdin(app) : app.context.env.MILLRACE_TOKEN?.trim();
  if (token !== undefined && /^[A-Za-z0-9_-]{16,}$/.test(token)) return token;
  throw new UserError(
    `Cannot add the environment: ${token ? "the token is not a Millrace token" : "there is no token"}`,
    {
      hint: "give it on stdin, such as: millrace env add prod --url https://… --token-stdin < token-file",
    },
  );
}

async function readStdin({ context }: App): Promise<string> {
  let text = "";
  for await (const chunk of context.stdin) {
    text += String(chunk);
    if (text.length > MAX_TOKEN_BYTES) break;
  }
  return text.trim();
}
