import { resolve } from "node:path";
import { DEFAULTS, MillraceError } from "@millrace/core";

const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

const BACKENDS = ["local", "aws"] as const;

/** Everything the service reads from its environment; parsed once, then frozen. */
export interface Config {
  /**
   * `MILLRACE_BACKEND`: where jobs run. With `aws`, the backend also reads its own variables, `MILLRACE_AWS_…`.
   * @default local
   */
  readonly backend: (typeof BACKENDS)[number];
  /** `MILLRACE_HOME`: the local backend's whole state and, with every backend, the token. @default ./.millrace */
  readonly home: string;
  /** `MILLRACE_HOST`: address to listen on. */
  readonly host: string;
  /** `MILLRACE_PORT`: 0 means any free port. */
  readonly port: number;
  /** `MILLRACE_LOG_LEVEL`. @default info */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** `MILLRACE_ALLOWED_HOSTS`: host names that requests may use, besides loopback and `host`. */
  readonly allowedHosts: readonly string[];
  /** `MILLRACE_PUBLIC_URL`: the address that clients use, if it differs from the one that the service sees. */
  readonly publicUrl: string | undefined;
  /** `MILLRACE_STOP_SECONDS`: how long open requests may continue after SIGTERM. @default 10 */
  readonly stopSeconds: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the service's configuration. @throws {MillraceError} invalid_config naming the variable */
export function parseConfig(environment: Environment, currentDirectory: string): Config {
  const publicUrl = parsePublicUrl(text(environment, "MILLRACE_PUBLIC_URL"));
  const publicHost = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return Object.freeze({
    backend: parseChoice(environment, "MILLRACE_BACKEND", { choices: BACKENDS, fallback: "local" }),
    home: resolve(currentDirectory, text(environment, "MILLRACE_HOME") ?? ".millrace"),
    host: parseHost(text(environment, "MILLRACE_HOST") ?? DEFAULTS.host),
    port: parseInteger(environment, "MILLRACE_PORT", { fallback: DEFAULTS.port, min: 0, max: 65_535 }),
    logLevel: parseChoice(environment, "MILLRACE_LOG_LEVEL", { choices: LOG_LEVELS, fallback: "info" }),
    allowedHosts: (text(environment, "MILLRACE_ALLOWED_HOSTS") ?? "")
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== "")
      .concat(publicHost),
    publicUrl,
    stopSeconds: parseInteger(environment, "MILLRACE_STOP_SECONDS", { fallback: 10, min: 0, max: 3_600 }),
  });
}

/** The variable's value; an empty one counts as unset. */
function text(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}

function parsePublicUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  const isAddress =
    url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "";
  if (isAddress && url.username === "" && url.hash === "") return url.origin;
  throw invalid(
    "MILLRACE_PUBLIC_URL",
    value,
    "an address such as https://millrace.example.com, without a path",
  );
}

function parseHost(host: string): string {
  if (/^[A-Za-z0-9.:_-]+$/.test(host)) return host;
  throw invalid("MILLRACE_HOST", host, "a host name or an address, without port or scheme");
}

function parseChoice<Choice extends string>(
  environment: Environment,
  name: string,
  { choices, fallback }: { readonly choices: readonly Choice[]; readonly fallback: Choice },
): Choice {
  const value = text(environment, name) ?? fallback;
  const found = choices.find((known) => known === value);
  if (found) return found;
  throw invalid(name, value, `one of ${choices.join(", ")}`);
}

function parseInteger(
  environment: Environment,
  name: string,
  options: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const value = text(environment, name);
  if (value === undefined) return options.fallback;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= options.min && number <= options.max) return number;
  throw invalid(name, value, `an integer from ${options.min} to ${options.max}`);
}

function invalid(name: string, value: string, expected: string): MillraceError {
  return new MillraceError("invalid_config", `Cannot use ${name} "${value}": expected ${expected}`, {
    details: { field: name },
  });
}
