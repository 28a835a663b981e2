import { readFile, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { JobStatusResponse } from "@millrace/core";
import { runProcess } from "@millrace/process-tree";

/**
 * The whole platform in a minute: starts the service, deploys the image classifier, runs a job over every image with
 * two workers, prints the results, and ends. State stays in `.cache/demo`, so that the results can be inspected.
 */
const root = resolve(import.meta.dirname, "..");
const home = join(root, ".cache", "demo");
const example = join(root, "examples", "image-classifier");
const API = "image-classifier";
const BATCH_SIZE = 32;
const WORKERS = 2;
/** Below this, something is wrong: the model's measured accuracy on all images is 0.994. */
const EXPECTED_ACCURACY = 0.98;

await rm(home, { recursive: true, force: true });
let exitCode = 1;
try {
  await show("up", "--detach", "--port", "0");
  await show("deploy", join(example, "millrace.yaml"), "--api", API);
  const flags = ["--path", join(example, "images/"), "--include", "**/*.png"];
  const size = ["--batch-size", String(BATCH_SIZE), "--workers", String(WORKERS)];
  await show("submit", API, ...flags, ...size, "--watch");
  exitCode = await report();
} finally {
  await millrace(["down"], "ignore");
}
process.exit(exitCode);

async function report(): Promise<number> {
  const { jobs } = JSON.parse(await millrace(["jobs", "-o", "json"], "keep"));
  const jobId: string = jobs[0].job_id;
  const status: JobStatusResponse = JSON.parse(await millrace(["get", API, jobId, "-o", "json"], "keep"));
  const { job_status: job, metrics } = status;
  const rows = (await millrace(["results", API, jobId], "keep")).trimEnd().split("\n");
  const seconds = (Date.parse(job.end_time ?? "") - Date.parse(job.start_time ?? "")) / 1_000;
  const accuracy = await measureAccuracy(rows);
  console.log(`
status      ${job.status}: ${metrics.items.succeeded} of ${metrics.items.total} images, ${metrics.items.failed} failed
speed       ${Math.round(metrics.items.succeeded / seconds)} items/s with ${WORKERS} workers, their start included
accuracy    ${(accuracy * 100).toFixed(2)} % of all images
first rows  ${rows.slice(0, 3).join("\n            ")}
the rest    ${job.output?.parts.join(" ")}`);
  return job.status === "succeeded" && accuracy >= EXPECTED_ACCURACY ? 0 : 1;
}

async function measureAccuracy(rows: readonly string[]): Promise<number> {
  const [, ...labels] = (await readFile(join(example, "labels.csv"), "utf8")).trimEnd().split("\n");
  const expected = new Map(labels.map((line) => line.split(",") as [string, string]));
  const right = rows.filter((row) => {
    const { id, output } = JSON.parse(row);
    return String(output?.label) === expected.get(`images/${basename(id)}`);
  });
  return right.length / expected.size;
}

/** Prints a command and runs it with visible output. */
async function show(...args: string[]): Promise<void> {
  const shown = args.map((arg) => (/[*]/.test(arg) ? `"${arg}"` : arg)).join(" ");
  console.log(`\n$ millrace ${shown.replaceAll(`${root}/`, "")}`);
  await millrace(args, "inherit");
}

/** Runs the CLI; resolves with its output if that is kept. */
async function millrace(args: readonly string[], output: "inherit" | "keep" | "ignore"): Promise<string> {
  const main = join(root, "packages", "cli", "src", "main.ts");
  const command = [process.execPath, main, ...args, "--home", home];
  const { code, stdout, stderr } = await runProcess(command, { output });
  if (code !== 0)
    throw new Error(`millrace ${args[0]} ended with exit code ${code}${stderr && `: ${stderr}`}`);
  return stdout;
}
