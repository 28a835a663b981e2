import { randomBytes } from "node:crypto";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Context } from "../context.ts";
import { UserError } from "../user-error.ts";
import { readTrusted } from "./trusted-file.ts";

/** The service on this machine: always listed, and the default unless another is chosen. */
export const LOCAL = "local";

/** A service on another machine. */
export interface RemoteService {
  readonly url: string;
  readonly token: string;
}

/** Contents of `environments.json`. */
export interface Environments {
  readonly default: string;
  readonly services: Readonly<Record<string, RemoteService>>;
}

const NONE: Environments = { default: LOCAL, services: {} };

/** `$MILLRACE_CONFIG_HOME`, else `$XDG_CONFIG_HOME/millrace`, else `~/.config/millrace`. */
export function environmentsPath({ env }: Pick<Context, "env">): string {
  const own = env.MILLRACE_CONFIG_HOME?.trim();
  const directory =
    own || join(env.XDG_CONFIG_HOME?.trim() || join(env.HOME?.trim() || homedir(), ".config"), "millrace");
  return join(directory, "environments.json");
}

/** @throws {UserError} when the file is damaged, or another user could have written it */
export async function readEnvironments(context: Pick<Context, "env">): Promise<Environments> {
  const path = environmentsPath(context);
  const text = await readTrusted(path);
  if (text === undefined) return NONE;
  try {
    return checked(JSON.parse(text));
  } catch (cause) {
    throw new UserError(`Cannot read the environments "${path}": ${(cause as Error).message}`, {
      hint: "fix the file, or remove it and add them again with: millrace env add",
      cause,
    });
  }
}

/** Writes the file atomically, readable only by its owner, since it holds tokens. */
export async function writeEnvironments(
  context: Pick<Context, "env">,
  environments: Environments,
): Promise<void> {
  const path = environmentsPath(context);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(aside, `${JSON.stringify(environments, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(aside, 0o600);
  await rename(aside, path);
}

function checked(value: unknown): Environments {
  const { default: chosen, services } = (value ?? {}) as Partial<Environments>;
  if (typeof chosen !== "string" || typeof services !== "object" || services === null) {
    throw new TypeError("expected default and services");
  }
  for (const [name, service] of Object.entries(services)) {
    if (typeof service?.url === "string" && typeof service.token === "string") continue;
    throw new TypeError(`environment "${name}" lacks url or token`);
  }
  return { default: chosen, services };
}
