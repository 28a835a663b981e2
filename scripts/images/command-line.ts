import { parseArgs } from "node:util";
import { MillraceError } from "@millrace/core";
import type { BuildOptions } from "./build-images.ts";
import { ENGINES, type Engine } from "./engine.ts";
import { parseImages } from "./image.ts";
import type { PushOptions } from "./push-images.ts";
import { checkTag } from "./revision.ts";

export const USAGE = `Usage:
  npx pnpm@12 images:lock  [--engine docker|podman]
  npx pnpm@12 images:build [control|worker-cpu|worker-gpu ...] [--tag T] [--platform linux/amd64] [--engine docker|podman]
  npx pnpm@12 images:push  [control|worker-cpu|worker-gpu ...] --registry <account>.dkr.ecr.<region>.amazonaws.com
                           --cluster <name> [--tag T] [--engine docker|podman]
  npx pnpm@12 images:check`;

/** The parsed command. */
export type Command =
  | { readonly name: "lock"; readonly engine: Engine | undefined }
  | ({ readonly name: "build" } & BuildOptions)
  | ({ readonly name: "push" } & PushOptions)
  | { readonly name: "check" };

const OPTIONS = {
  lock: ["engine"],
  build: ["engine", "tag", "platform"],
  push: ["engine", "tag", "registry", "cluster"],
  check: [],
} as const satisfies Readonly<Record<Command["name"], readonly string[]>>;

/** Parses the command line. @throws {MillraceError} invalid_request */
export function parseCommand(argv: readonly string[]): Command {
  const [name = "", ...rest] = argv;
  if (!isName(name)) throw usage(`Cannot do "${name}": expected ${Object.keys(OPTIONS).join(", ")}`);
  const { values, positionals } = parse(name, rest);
  const engine = parseEngine(values.engine);
  const tag = values.tag === undefined ? undefined : checkTag(values.tag);
  if (name === "build") {
    return { name, images: parseImages(positionals), tag, platform: values.platform, engine };
  }
  if (name === "push") {
    const { registry, cluster } = values;
    if (registry === undefined || cluster === undefined)
      throw usage("Cannot push: expected --registry and --cluster");
    return { name, images: parseImages(positionals), registry, cluster, tag, engine };
  }
  if (positionals.length > 0) throw usage(`Cannot ${name} "${positionals[0]}": expected no names`);
  return name === "lock" ? { name, engine } : { name };
}

function parse(name: Command["name"], args: readonly string[]) {
  const options = Object.fromEntries(OPTIONS[name].map((option) => [option, { type: "string" as const }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Readonly<Record<string, string | undefined>>, positionals };
  } catch (cause) {
    throw usage(`Cannot read the command line: ${(cause as Error).message}`);
  }
}

function isName(name: string): name is Command["name"] {
  return Object.hasOwn(OPTIONS, name);
}

function parseEngine(name: string | undefined): Engine | undefined {
  const engine = ENGINES.find((known) => known === name);
  if (name !== undefined && engine === undefined)
    throw usage(`Cannot use engine "${name}": unknown, expected ${ENGINES.join(" or ")}`);
  return engine;
}

function usage(message: string): MillraceError {
  return new MillraceError("invalid_request", `${message}\n\n${USAGE}`);
}
