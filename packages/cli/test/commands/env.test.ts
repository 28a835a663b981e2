import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { fakeService, millrace, type RunOptions, TOKEN, temporaryDirectory } from "../harness.ts";

const APIS = { "GET /apis": { apis: [] } };

/** A user with a configuration directory of his own. */
function user(t: ExecutionContext) {
  const config = join(temporaryDirectory(t), "config");
  const run = (args: readonly string[], options: RunOptions = {}) =>
    millrace(args, { ...options, env: { MILLRACE_CONFIG_HOME: config, ...options.env } });
  return { config, file: join(config, "environments.json"), run };
}

test("env add asks the service, stores the token readable by its owner only, and never shows it", async (t) => {
  const { url, seen } = await fakeService(t, APIS);
  const { config, file, run } = user(t);
  const added = await run(["env", "add", "prod", "--url", `${url}/`, "--token-stdin"], {
    stdin: `${TOKEN}\n`,
  });
  t.is(added.code, 0, added.stderr);
  t.is(seen.length, 1);
  t.is(statSync(file).mode & 0o777, 0o600);
  t.is(statSync(config).mode & 0o777, 0o700);
  const listed = await run(["env", "list"]);
  t.regex(listed.stdout, /\*\s+local\s+this machine/);
  t.true(listed.stdout.includes(url));
  const json = await run(["env", "list", "-o", "json"]);
  t.deepEqual(json.json(), {
    default: "local",
    environments: [
      { name: "local", url: null },
      { name: "prod", url },
    ],
  });
  for (const { stdout, stderr } of [added, listed, json]) t.false((stdout + stderr).includes(TOKEN));
});

test("commands go to --env, to MILLRACE_ENV, and to the default, each with its own token", async (t) => {
  const one = await fakeService(t, APIS);
  const two = await fakeService(t, APIS);
  const { run } = user(t);
  const env = { MILLRACE_TOKEN: TOKEN };
  for (const [name, { url }] of [
    ["one", one],
    ["two", two],
  ] as const) {
    await run(["env", "add", name, "--url", url, "--no-check"], { env });
  }
  t.is((await run(["env", "default", "two"])).code, 0);
  const asked = async (args: readonly string[], options: RunOptions = {}) => {
    const before = [one.seen.length, two.seen.length];
    const { code, stderr } = await run(["get", ...args], options);
    t.is(code, 0, stderr);
    return [one.seen.length - (before[0] ?? 0), two.seen.length - (before[1] ?? 0)];
  };
  t.deepEqual(await asked([]), [0, 1]);
  t.deepEqual(await asked(["--env", "one"]), [1, 0]);
  t.deepEqual(await asked(["-e", "one"]), [1, 0]);
  t.deepEqual(await asked([], { env: { MILLRACE_ENV: "one" } }), [1, 0]);
  // A token that is meant for another service is not sent to this one: it would be refused.
  t.deepEqual(await asked([], { env: { MILLRACE_TOKEN: "of-another-service-1234" } }), [0, 1]);
  t.deepEqual(await asked([], { url: one.url }), [1, 0]);
});

test("a named home means this machine, whatever the default is", async (t) => {
  const { url, seen } = await fakeService(t, APIS);
  const { run } = user(t);
  await run(["env", "add", "prod", "--url", url, "--no-check"], { env: { MILLRACE_TOKEN: TOKEN } });
  await run(["env", "default", "prod"]);
  const { code, stderr } = await run(["get", "--home", temporaryDirectory(t)]);
  t.is(code, 4);
  t.regex(stderr, /none is running for the home directory/);
  t.deepEqual(seen, []);
  for (const verb of ["up", "down"]) {
    const refused = await run([verb]);
    t.is(refused.code, 2);
    t.regex(refused.stderr, /Cannot run "(up|down)" for environment "prod": it works only on this machine/);
  }
});

test("env refuses invalid names and addresses, and says what to do", async (t) => {
  const { url } = await fakeService(t, APIS);
  const { run, file } = user(t);
  const refused = async (args: readonly string[], says: RegExp, options: RunOptions = {}) => {
    const { code, stderr } = await run(args, options);
    t.not(code, 0, args.join(" "));
    t.regex(stderr, says);
  };
  const stdin = { stdin: TOKEN };
  await refused(["env", "add", "prod", "--url", url], /there is no token[\s\S]*--token-stdin/);
  await refused(["env", "add", "prod", "--url", url, "--token-stdin"], /unauthorized|let you in/, {
    stdin: "wrong-token-of-a-user",
  });
  await refused(["env", "add", "local", "--url", url, "--token-stdin"], /another name/, stdin);
  await refused(["env", "add", "a b", "--url", url, "--token-stdin"], /letters, digits/, stdin);
  await refused(
    ["env", "add", "x", "--url", "http://example.com", "--token-stdin"],
    /where others can read it/,
    stdin,
  );
  await refused(
    ["env", "add", "x", "--url", "https://u:p@example.com", "--token-stdin"],
    /user or password/,
    stdin,
  );
  await refused(["env", "add", "x", "--url", `${url}/path`, "--token-stdin"], /no path/, stdin);
  await refused(["get", "--env", "nowhere"], /environment "nowhere": it does not exist, expected local/);
  await refused(["env", "default", "nowhere"], /it does not exist/);
  await refused(["env", "remove", "local"], /it means this machine/);
  await run(["env", "add", "x", "--url", url, "--token-stdin"], stdin);
  writeFileSync(file, '{"default": 1}');
  await refused(["env", "list"], /Cannot read the environments ".*environments\.json"[\s\S]*or remove it/);
});

test("an environment that is removed is no longer the default", async (t) => {
  const { url } = await fakeService(t, APIS);
  const { run, file } = user(t);
  await run(["env", "configure", "prod", "--url", url, "--token-stdin"], { stdin: TOKEN });
  await run(["env", "default", "prod"]);
  t.is((await run(["env", "delete", "prod"])).code, 0);
  t.deepEqual(JSON.parse(readFileSync(file, "utf8")), { default: "local", services: {} });
});
