import { delimiter } from "node:path";
import { withoutLifecycle } from "../../packages/worker/src/prepare/process-environment.ts";

/** Settings for Millrace, Node, colours and AWS, which a user with a fresh clone does not have. */
const OWN =
  /^(MILLRACE_|AVA_|NODE_(OPTIONS|PATH|ENV|COMPILE_CACHE)$|NO_COLOR$|FORCE_COLOR$|VIRTUAL_ENV$|AWS_|TF_)/;
/** Commands that create AWS resources are run, too: they must not find an account, whatever this machine has. */
const NO_ACCOUNT = {
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

/**
 * The environment of a user's shell. The checks run under pnpm, with installed programs on the path: these would let a
 * command find programs that are missing on a fresh machine.
 */
export function userEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(withoutLifecycle(definedOf(env))).filter(([name]) => !OWN.test(name));
  const path = (env.PATH ?? "").split(delimiter).filter((entry) => !/(^|\/)node_modules(\/|$)/.test(entry));
  // npx asks before it downloads pnpm, and nobody can answer here.
  return { ...Object.fromEntries(kept), ...NO_ACCOUNT, PATH: path.join(delimiter), npm_config_yes: "true" };
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
