import { isMillraceError } from "@millrace/core";
import test from "ava";
import { parseConfig } from "../../src/startup/config.ts";

test("parseConfig() fills in defaults, also for empty variables", (t) => {
  const defaults = {
    backend: "local",
    home: "/work/.millrace",
    host: "127.0.0.1",
    port: 8_080,
    logLevel: "info",
    allowedHosts: [],
    publicUrl: undefined,
    stopSeconds: 10,
  };
  t.deepEqual(parseConfig({}, "/work"), defaults as never);
  t.deepEqual(parseConfig({ MILLRACE_PORT: " ", MILLRACE_PUBLIC_URL: "" }, "/work"), defaults as never);
});

test("parseConfig() reads every variable, and gives what cannot be changed", (t) => {
  const config = parseConfig(
    {
      MILLRACE_BACKEND: "aws",
      MILLRACE_HOME: "state",
      MILLRACE_HOST: " ::1 ",
      MILLRACE_PORT: "0",
      MILLRACE_LOG_LEVEL: "debug",
      MILLRACE_ALLOWED_HOSTS: "One.example, ,two.example",
      MILLRACE_PUBLIC_URL: "https://three.example:443/",
      MILLRACE_STOP_SECONDS: "3600",
    },
    "/work",
  );
  t.true(Object.isFrozen(config));
  t.deepEqual(config, {
    backend: "aws",
    home: "/work/state",
    host: "::1",
    port: 0,
    logLevel: "debug",
    allowedHosts: ["one.example", "two.example", "three.example"],
    publicUrl: "https://three.example",
    stopSeconds: 3_600,
  });
});

for (const [name, value, expected] of [
  ["MILLRACE_BACKEND", "gcp", "one of local, aws"],
  ["MILLRACE_HOST", "http://x", "a host name or an address, without port or scheme"],
  ["MILLRACE_PORT", "65536", "an integer from 0 to 65535"],
  ["MILLRACE_PORT", "1e3", "an integer from 0 to 65535"],
  ["MILLRACE_STOP_SECONDS", "-1", "an integer from 0 to 3600"],
  ["MILLRACE_LOG_LEVEL", "loud", "one of error, warn, info, debug"],
  [
    "MILLRACE_PUBLIC_URL",
    "https://x.example/path",
    "an address such as https://millrace.example.com, without a path",
  ],
] as const) {
  test(`parseConfig() refuses ${name}=${value}`, (t) => {
    const error = t.throws(() => parseConfig({ [name]: value }, "/work"));
    t.true(isMillraceError(error, "invalid_config"));
    t.is(error.message, `Cannot use ${name} "${value}": expected ${expected}`);
  });
}
