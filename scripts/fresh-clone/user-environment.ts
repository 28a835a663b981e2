import { delimiter } from "node:path";
import { withoutLifecycle } from "../../packages/worker/src/prepare/process-environment.ts";

/** Settings of Millrace, Node, colours and AWS: a user who has just cloned has none. */
const OWN =
  /^(MILLRACE_|AVA_|NODE_(OPTIONS|PATH|ENV|COMPILE_CACHE)$|NO_COLOR$|FORCE_COLOR$|VIRTUAL_ENV$|AWS_|TF_)/;
/** Commands that make things on AWS are run, too: they must find no account, whatever this machine has. */
const NO_ACCOUNT = {
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

/**
 * What the shell of a user has. The checks run under pnpm with installed programs on the path: with these, a command would
 * find here what is not there on a fresh machine.
 */
export function userEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(withoutLifecycle(definedOf(env))).filter(([name]) => !OWN.test(name));
  const path = (env.PATH ?? "").split(delimiter).filter((entry) => !/(^|\/)node_modules(\/|$)/.test(entry));
  // npx asks before it downloads pnpm; there is nobody here to answer.
  return { ...Object.fromEntries(kept), ...NO_ACCOUNT, PATH: path.join(delimiter), npm_config_yes: "true" };
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
