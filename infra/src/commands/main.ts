import { parseArgs } from "node:util";
import { isMillraceError } from "@millrace/core";
import { openCluster } from "./cluster.ts";
import { down } from "./down.ts";
import { info } from "./info.ts";
import { preflight } from "./preflight/preflight.ts";
import { pushedImages } from "./pushed-images.ts";
import { type Runner, runCdktf, synthEnvironment } from "./run-cdktf.ts";
import { ensureStateBucket } from "./state-bucket.ts";
import { up } from "./up.ts";
import { usage } from "./usage.ts";

/** sysexits.h: EX_CONFIG. Wrong usage has the same code as in the CLI. */
const EXIT = { failed: 1, usage: 2, config: 78 };

const OPTIONS = {
  file: { type: "string", short: "f" },
  yes: { type: "boolean", short: "y", default: false },
  trial: { type: "boolean", default: false },
  "adopt-data": { type: "boolean", default: false },
  "skip-preflight": { type: "boolean", default: false },
  "image-tag": { type: "string" },
  plan: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  save: { type: "boolean", default: false },
  confirm: { type: "string" },
  "delete-data": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const [verb = "", ...args] = process.argv.slice(2);
const environment = { ...process.env };
const runner: Runner = { environment, log: (line) => process.stderr.write(`${line}\n`) };

process.exitCode = await run().catch((error: unknown) => {
  if (!isMillraceError(error) && process.env.MILLRACE_DEBUG === "1") throw error;
  process.stderr.write(`error: ${(error as Error).message}\n`);
  if ((error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")) return EXIT.usage;
  return isMillraceError(error, "invalid_config") ? EXIT.config : EXIT.failed;
});

async function run(): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const text = usage(verb);
  if (values.help || text === undefined) {
    process.stdout.write(`${text ?? usage("")}\n`);
    return values.help ? 0 : EXIT.usage;
  }
  const cluster = await openCluster({ file: values.file, cwd: process.cwd(), environment });
  const { trial } = values;
  const adopt = values["adopt-data"];
  switch (verb) {
    case "preflight": {
      const passed = await preflight(cluster, { ...runner, trial, adopt });
      if (values.plan) {
        if (!trial) await ensureStateBucket(cluster);
        await runCdktf(
          ["diff", "cluster"],
          synthEnvironment(cluster, {
            trial,
            images: await pushedImages(cluster, values["image-tag"]),
            ...(adopt && { data: "adopt" as const }),
          }),
          runner,
        );
      }
      return passed ? 0 : EXIT.failed;
    }
    case "up": {
      const { yes, "skip-preflight": skipPreflight, "image-tag": imageTag } = values;
      return up(cluster, { yes, trial, adopt, skipPreflight, imageTag }, runner);
    }
    case "info": {
      const print = (line: string) => process.stdout.write(`${line}\n`);
      return info(cluster, { json: values.json, save: values.save, trial, environment, print });
    }
    default:
      return down(cluster, { confirm: values.confirm, deleteData: values["delete-data"], trial }, runner);
  }
}
