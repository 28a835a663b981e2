import { resolve } from "node:path";
import { DEFAULTS, type Environment, readVariable } from "@millrace/core";

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

/** Reads the service's configuration. @throws {MillraceError} invalid_config naming the variable */
export function parseConfig(environment: Environment, currentDirectory: string): Config {
  const publicUrl = readVariable(environment, "MILLRACE_PUBLIC_URL", { ...PUBLIC_URL, fallback: undefined });
  const publicHost = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return Object.freeze({
    backend: readVariable(environment, "MILLRACE_BACKEND", { ...oneOf(BACKENDS), fallback: "local" }),
    home: resolve(currentDirectory, readVariable(environment, "MILLRACE_HOME", HOME)),
    host: readVariable(environment, "MILLRACE_HOST", { ...HOST, fallback: DEFAULTS.host }),
    port: readVariable(environment, "MILLRACE_PORT", { ...integer(0, 65_535), fallback: DEFAULTS.port }),
    logLevel: readVariable(environment, "MILLRACE_LOG_LEVEL", { ...oneOf(LOG_LEVELS), fallback: "info" }),
    allowedHosts: readVariable(environment, "MILLRACE_ALLOWED_HOSTS", HOSTS).concat(publicHost),
    publicUrl,
    stopSeconds: readVariable(environment, "MILLRACE_STOP_SECONDS", { ...integer(0, 3_600), fallback: 10 }),
  });
}

const HOME = { parse: (text: string) => text, expected: "a directory", fallback: ".millrace" };

const HOST = {
  parse: (text: string) => (/^[A-Za-z0-9.:_-]+$/.test(text) ? text : undefined),
  expected: "a host name or an address, without port or scheme",
};

const HOSTS = {
  parse: (text: string): readonly string[] =>
    text
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== ""),
  expected: "host names, separated by commas",
  fallback: [] as readonly string[],
};

const PUBLIC_URL = {
  parse: (text: string) => {
    const url = URL.parse(text);
    const isAddress =
      url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "";
    return isAddress && url.username === "" && url.hash === "" ? url.origin : undefined;
  },
  expected: "an address such as https://millrace.example.com, without a path",
};

function oneOf<Choice extends string>(choices: readonly Choice[]) {
  return {
    parse: (text: string) => choices.find((known) => known === text),
    expected: `one of ${choices.join(", ")}`,
  };
}

function integer(min: number, max: number) {
  return {
    parse: (text: string) => {
      const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
    expected: `an integer from ${min} to ${max}`,
  };
}
