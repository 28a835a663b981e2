import { readdir } from "node:fs/promises";
import { runProgram } from "../run-program.ts";
import { type Check, type Finding, failed, ok, warning } from "./finding.ts";

const QUERY = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"] as const;

/** Checks which GPUs workers can use. Having none is fine: most predictors need none. */
export const checkGpus: Check = async (app) => {
  const end = await runProgram(app, ["nvidia-smi", ...QUERY]);
  if (end.kind === "failed") {
    const advice =
      "the driver is not loaded, or its version differs from that of its tools: install it again and reboot";
    return [failed("gpus", `nvidia-smi fails: ${end.message}`, advice)];
  }
  if (end.kind === "missing") return [await withoutTool()];
  const gpus = end.stdout.split("\n").filter((line) => line.trim() !== "");
  const visible = app.context.env.CUDA_VISIBLE_DEVICES;
  const bound = visible === undefined ? "" : `; CUDA_VISIBLE_DEVICES="${visible}" limits what workers get`;
  return [ok("gpus", `${gpus.length}: ${describe(gpus)}${bound}`)];
};

async function withoutTool(): Promise<Finding> {
  const devices = await readdir("/dev").catch(() => []);
  const count = devices.filter((name) => /^nvidia\d+$/.test(name)).length;
  if (count === 0) return ok("gpus", "none");
  const advice = "install the driver's tools, so that Millrace sees MIG slices and failing GPUs";
  return warning("gpus", `${count} in /dev, but there is no nvidia-smi`, advice);
}

/** Such as `4x NVIDIA L4, 23034 MiB, 550.54`. */
function describe(lines: readonly string[]): string {
  const kinds = Map.groupBy(lines, (line) => line.trim());
  return [...kinds].map(([kind, same]) => (same.length === 1 ? kind : `${same.length}x ${kind}`)).join("; ");
}
