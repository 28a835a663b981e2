import { fileURLToPath } from "node:url";
import { runProcess } from "@millrace/process-tree";
import { openCluster } from "../cluster.ts";
import { pushedImages } from "../pushed-images.ts";
import { synthEnvironment } from "../run-cdktf.ts";
import { ensureStateBucket } from "../state-bucket.ts";

/**
 * The command `cdktf`: the Terraform CDK's own, plus the account facts that it needs when it changes something. `synth`
 * and other read-only commands run without credentials.
 */
const CDKTN = fileURLToPath(new URL("../../../node_modules/.bin/cdktn", import.meta.url));
const CHANGING = new Set(["deploy", "apply", "diff", "plan", "destroy"]);

const args = process.argv.slice(2);
const command = args[0] ?? "";

try {
  const variables = CHANGING.has(command) ? await known() : {};
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", ...variables };
  const { code } = await runProcess([CDKTN, ...args], { env, isInteractive: true, output: "inherit" });
  process.exitCode = code ?? 1;
} catch (error) {
  process.stderr.write(`cdktf: ${(error as Error).message}\n`);
  process.exitCode = 78;
}

async function known(): Promise<Record<string, string>> {
  const trial = process.env.MILLRACE_STATE === "local-trial";
  const cluster = await openCluster({ file: undefined, cwd: process.cwd(), environment: process.env });
  const isProtected =
    (process.env.MILLRACE_DATA ?? (cluster.config.protect_data ? "protect" : "")) === "protect";
  if (command === "destroy" && isProtected) {
    throw new Error(
      `Cannot destroy cluster "${cluster.names.cluster}": its data is protected. Use: millrace cluster down, which keeps it (or deletes it, with --delete-data); or set protect_data: false, deploy, and destroy then`,
    );
  }
  if (!trial && (await ensureStateBucket(cluster))) {
    process.stderr.write(`created bucket ${cluster.stateBucket} for Terraform's state\n`);
  }
  return synthEnvironment(cluster, {
    images: await pushedImages(cluster, process.env.MILLRACE_IMAGE_TAG),
    trial,
  });
}
