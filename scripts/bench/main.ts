import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { awsRequests } from "./cases/aws-requests.ts";
import { enqueue } from "./cases/enqueue.ts";
import { followLogs } from "./cases/follow-logs.ts";
import { imageClassifier } from "./cases/image-classifier.ts";
import { latency } from "./cases/latency.ts";
import { noop } from "./cases/noop.ts";
import { format, type Measurement } from "./measure.ts";
import { type Platform, root, startPlatform } from "./platform.ts";

/** `pnpm bench [case ...] [--rounds N]`: measures each case against a peer or a limit in the same run. */
const CASES: Readonly<
  Record<string, (platform: Platform, options: { rounds: number }) => Promise<Measurement[]>>
> = {
  latency,
  noop,
  "image-classifier": imageClassifier,
  enqueue,
  "follow-logs": followLogs,
  "aws-requests": awsRequests,
};

const args = process.argv.slice(2);
const at = args.indexOf("--rounds");
const rounds = at < 0 ? 3 : Number(args.splice(at, 2)[1]);
const unknown = args.find((name) => !Object.hasOwn(CASES, name));
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    `Cannot run "${unknown ?? `--rounds ${rounds}`}": expected cases of ${Object.keys(CASES).join(", ")}`,
  );
  process.exit(2);
}

const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
console.log(`${machine}, ${rounds} rounds`);
const results: Measurement[] = [];
for (const [name, run] of Object.entries(CASES)) {
  if (args.length > 0 && !args.includes(name)) continue;
  const platform = await startPlatform();
  try {
    for (const measurement of await run(platform, { rounds })) {
      console.log(format(measurement));
      results.push(measurement);
    }
  } finally {
    await platform.stop();
  }
}
const out = join(root, ".cache", "bench");
await mkdir(out, { recursive: true });
await writeFile(join(out, "results.json"), `${JSON.stringify({ machine, rounds, results }, null, 2)}\n`);
