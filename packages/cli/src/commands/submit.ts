import { Option } from "@commander-js/extra-typings";
import { FORMAT_NAMES } from "@millrace/core";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type App, endpointOf } from "../session.ts";
import { buildSubmission, type SubmitFlags } from "../submission/build-submission.ts";
import { collectConfig, collectPair, integerFrom } from "../submission/parse-flags.ts";
import { chaosSeed, watchHarmedJob } from "../watch/harm-job.ts";
import { watchJob } from "../watch/watch-job.ts";
import { examples, type Program, type Run } from "./program.ts";

const EXAMPLES = examples(
  "submit classifier sample.json --watch",
  `submit classifier --items '["a", "b"]' --batch-size 1`,
  "submit classifier --path images/ --include '**/*.png' --batch-size 32 --workers 4",
  "submit classifier --delimited s3://bucket/rows/ --batch-size 256 --label team=vision",
);

/** Starts the lines of a dry run that report what would be left out. */
const SKIPPED = "skipped ";

export function registerSubmit(program: Program, run: Run): void {
  program
    .command("submit")
    .description("submit a job, from a file, from flags, or both (flags override the file)")
    .argument("<api>")
    .argument("[file]", "JSON file with the submission; - reads standard input")
    .option("--items <json>", "dataset: a JSON array of items; - reads standard input")
    .option("--path <prefix...>", "dataset: the files whose paths start with this, one item each")
    .option(
      "--delimited <prefix...>",
      "dataset: the contents of JSON, CSV, text, Parquet or tar files whose paths start with this",
    )
    .option(
      "--include <glob...>",
      "with --path or --delimited: only files that match; globs match the full path",
    )
    .option("--exclude <glob...>", "with --path or --delimited: leave out files that match")
    .option("--include-hidden", 'with --path or --delimited: also files whose names start with "." or "_"')
    .option(
      "--skip-unreadable",
      "with --path or --delimited: skip unreadable files instead of refusing the dataset",
    )
    .option("--allow-empty", "with --path or --delimited: accept a dataset without items")
    .addOption(
      new Option("--input-format <name>", "with --delimited: the format of the files").choices(
        Object.keys(FORMAT_NAMES),
      ),
    )
    .option(
      "--delimiter <character>",
      "with --delimited: what separates the columns of CSV files, such as ';' or '\\t'; auto finds out",
    )
    .addOption(
      new Option(
        "--json-arrays <how>",
        "with --delimited: how to read a file that is one JSON array: each element is an item, or the array is one item",
      ).choices(["items", "whole"] as const),
    )
    .addOption(
      new Option("--nan <how>", "with --delimited: how to read NaN and infinities").choices([
        "null",
        "string",
      ] as const),
    )
    .option("--batch-size <n>", "items in one call of predict", integerFrom(1))
    .option("--workers <n>", "worker processes (default: 1)", integerFrom(1))
    .option("--timeout <seconds>", "time limit for the whole job", integerFrom(1))
    .option("--batch-timeout <seconds>", "time limit for one call of predict", integerFrom(1))
    .option("--config <json|key=value>", "override the API's config; may be repeated", collectConfig)
    .option("--label <key=value>", "add a label to find the job by; may be repeated", collectPair)
    .option("--max-attempts <n>", "how often to try a batch", integerFrom(1))
    .option("--max-failed-items <n>", "end the job early if more items than this fail", integerFrom(0))
    .addOption(
      new Option("--on-failure <what>", "what to do with a batch that used up its attempts").choices([
        "isolate",
        "fail_batch",
      ] as const),
    )
    .addOption(
      new Option("--output-nan <how>", "what becomes of NaN and infinities in outputs").choices([
        "error",
        "null",
        "string",
      ] as const),
    )
    .option("--eager-start", "start the workers while the dataset is still being read")
    .option("--idempotency-key <key>", "repeating a request with the same key returns the same job")
    .option("--dry-run", "check the submission and list its files; start nothing")
    .option("--watch", "show progress until the job ends")
    .option(
      "--chaos [seed]",
      "watch the job, and meanwhile kill and pause its workers and predictors (only with a service on this machine)",
      integerFrom(0),
    )
    .addHelpText("after", EXAMPLES)
    .action((api, file, options) => run((app) => submit(app, { api, file, options })));
}

interface SubmitArguments {
  readonly api: string;
  readonly file: string | undefined;
  readonly options: SubmitFlags & {
    readonly idempotencyKey?: string | undefined;
    readonly dryRun?: true | undefined;
    readonly watch?: true | undefined;
    readonly chaos?: number | true | undefined;
  };
}

async function submit(app: App, { api, file, options }: SubmitArguments): Promise<ExitCode> {
  const submission = await buildSubmission(app.context, file, options);
  const client = await app.connect();
  const { signal } = app.context;
  const endpoint = await endpointOf(app, client, { api });
  if (options.dryRun) {
    const text = await client.dryRun(endpoint, submission, { signal });
    const lines = text.trimEnd().split("\n").slice(0, -1);
    for (const line of text.trimEnd().split("\n")) app.output.line(line);
    const isSkipped = (line: string) => line.startsWith(SKIPPED);
    const skipped = lines.filter(isSkipped).map((line) => line.slice(SKIPPED.length));
    app.output.document({
      valid: true,
      paths: lines.filter((line) => !isSkipped(line)),
      ...(skipped.length > 0 && { skipped }),
    });
    return EXIT.ok;
  }
  const seed = options.chaos === undefined ? undefined : await chaosSeed(app, options.chaos);
  const { idempotencyKey } = options;
  let isKnown = false;
  const onKnown = () => {
    isKnown = true;
  };
  const job = await client.submit(endpoint, submission, { idempotencyKey, onKnown, signal });
  const id = app.output.style("bold", job.job_id);
  app.output.line(
    isKnown ? `job ${id} was submitted with this idempotency key before` : `submitted job ${id}`,
  );
  const submitted = { api, endpoint, jobId: job.job_id };
  if (seed !== undefined) return watchHarmedJob(app, client, { ...submitted, seed });
  if (options.watch) return watchJob(app, client, submitted);
  app.output.line(`watch it: millrace get ${api} ${job.job_id} --watch`);
  app.output.document(job);
  return EXIT.ok;
}
