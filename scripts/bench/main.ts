import { availableParallelism } from "node:os";
import { awsRequests } from "./cases/aws-requests.ts";
import { cortexLoad } from "./cases/cortex-load.ts";
import { decodeImages } from "./cases/decode-images.ts";
import { embeddings } from "./cases/embeddings.ts";
import { enqueue } from "./cases/enqueue.ts";
import { followLogs } from "./cases/follow-logs.ts";
import { gpu } from "./cases/gpu.ts";
import { growth } from "./cases/growth.ts";
import { httpStatus } from "./cases/http-status.ts";
import { imageClassifier } from "./cases/image-classifier.ts";
import { latency } from "./cases/latency.ts";
import { noop } from "./cases/noop.ts";
import { readParquet } from "./cases/read-parquet.ts";
import { realModel } from "./cases/real-model.ts";
import { remoteCalls } from "./cases/remote-calls.ts";
import { parseArguments } from "./command-line.ts";
import { describeMachine, load } from "./machine.ts";
import type { BenchOptions, Line } from "./measure.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { publish, type Report, writeReport } from "./report.ts";
import { format } from "./table.ts";

/**
 * `npx pnpm@12 bench [case ...] [--quick] [--rounds N] [--publish]`: each case measures Millrace and a peer or a limit
 * in turns.
 */
const CASES: Readonly<Record<string, (platform: Platform, options: BenchOptions) => Promise<Line[]>>> = {
  latency,
  noop,
  "real-model": realModel,
  "image-classifier": imageClassifier,
  "decode-images": decodeImages,
  embeddings,
  "remote-calls": remoteCalls,
  enqueue,
  "read-parquet": readParquet,
  growth,
  "http-status": httpStatus,
  "cortex-load": cortexLoad,
  "follow-logs": followLogs,
  "aws-requests": awsRequests,
  gpu,
};

const args = parseArguments(process.argv.slice(2), Object.keys(CASES));
if ("problem" in args) {
  console.error(args.problem);
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const machine = await describeMachine();
const { cpu, cores, memoryGib, kernel, versions } = machine;
console.log(
  `${cores} x ${cpu}, ${memoryGib} GiB, ${kernel}, ${args.rounds} rounds${args.quick ? ", quick" : ""}`,
);
console.log(
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", "),
);
const cases: Report["cases"][number][] = [];
for (const name of args.cases) {
  const loadBefore = load();
  console.log(
    `\n${name} (load ${loadBefore.toFixed(1)}${loadBefore > availableParallelism() ? ": a busy machine" : ""})`,
  );
  const startedAt = performance.now();
  const lines = await measure(name);
  for (const line of lines) console.log(format(line));
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  cases.push({ name, quick: args.quick, rounds: args.rounds, loadBefore, seconds, lines });
  // After each case, so that an interrupted run keeps its results.
  await writeReport({ machine, cases });
}
if (args.publish) await publish({ machine, cases });

async function measure(name: string): Promise<readonly Line[]> {
  const platform = await startPlatform();
  try {
    return (await CASES[name]?.(platform, args as BenchOptions)) ?? [];
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    return [{ name, skipped: error instanceof Error ? error.message : String(error) }];
  } finally {
    await platform.stop();
  }
}
