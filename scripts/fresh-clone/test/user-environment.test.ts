import test from "ava";
import { userEnvironment } from "../user-environment.ts";

test("userEnvironment() removes the variables of this check, and keeps the user's", (t) => {
  const env = userEnvironment({
    HOME: "/home/ada",
    PATH: "/w/node_modules/.bin:/usr/bin:/home/ada/.npm/_npx/1/node_modules/.bin:/bin",
    npm_config_registry: "https://registry.example.com",
    npm_lifecycle_event: "test",
    pnpm_config_verify_deps_before_run: "false",
    INIT_CWD: "/w",
    MILLRACE_HOME: "/w/.millrace",
    NODE_OPTIONS: "--test",
    NO_COLOR: "1",
  });
  t.like(env, {
    HOME: "/home/ada",
    PATH: "/usr/bin:/bin",
    npm_config_registry: "https://registry.example.com",
    npm_config_yes: "true",
  });
  const left = ["npm_lifecycle_event", "pnpm_config_verify_deps_before_run", "INIT_CWD"];
  for (const name of [...left, "MILLRACE_HOME", "NODE_OPTIONS", "NO_COLOR"]) t.false(name in env, name);
});

test("userEnvironment() has no AWS account, because the commands would create resources there", (t) => {
  const env = userEnvironment({ PATH: "/bin", AWS_PROFILE: "prod", AWS_ACCESS_KEY_ID: "key" });
  t.false("AWS_PROFILE" in env || "AWS_ACCESS_KEY_ID" in env);
  t.like(env, { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" });
  t.is(env.AWS_EC2_METADATA_DISABLED, "true");
});
