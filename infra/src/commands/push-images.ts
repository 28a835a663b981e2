import { fileURLToPath } from "node:url";
import { MillraceError } from "@millrace/core";
import { runProcess } from "@millrace/process-tree";
import type { Cluster } from "./cluster.ts";
import { registryOf } from "./pushed-images.ts";
import type { Runner } from "./run-cdktf.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const ENGINES = ["docker", "podman"] as const;

/**
 * Builds and pushes the images if there is a container engine; otherwise explains how to.
 *
 * @returns whether they were pushed
 */
export async function pushImages(
  { account, config, names }: Cluster,
  { environment, log }: Pick<Runner, "environment" | "log">,
): Promise<boolean> {
  const push = ["images:push", "--registry", registryOf({ account, config }), "--cluster", names.cluster];
  const has = await Promise.all(
    ENGINES.map(async (engine) => (await run([engine, "version"], environment, "ignore")) === 0),
  );
  if (!has.includes(true)) {
    log(
      "the images are not pushed, and there is no docker or podman here. On a machine that has one, in this repository:",
    );
    log("  npx pnpm@12 images:lock    # once: commit images/base-images.lock.json");
    log(`  npx pnpm@12 images:build && npx pnpm@12 ${push.join(" ")}`);
    log("then run the same command again: it continues from here");
    return false;
  }
  for (const script of [["images:build"], push]) {
    const code = await run(["npx", "-y", "pnpm@12", ...script], environment, "inherit");
    if (code !== 0)
      throw new MillraceError(
        "internal",
        `Cannot push the images: ${script[0]} ended with ${code}, see above`,
      );
  }
  return true;
}

async function run(
  command: readonly string[],
  env: Runner["environment"],
  output: "inherit" | "ignore",
): Promise<number> {
  try {
    return (await runProcess(command, { cwd: ROOT, env, isInteractive: true, output })).code ?? 1;
  } catch {
    return 127;
  }
}
