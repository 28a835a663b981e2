import { setTimeout as delay } from "node:timers/promises";
import type { MillraceClient } from "@millrace/client";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type App, endpointOf } from "../session.ts";
import { printApi, printApis, printJob } from "../views.ts";
import { watchJob } from "../watch/watch-job.ts";
import { examples, type Program, type Run } from "./program.ts";

const WATCH_INTERVAL_MS = 2_000;
/** Moves the cursor home and clears the screen below it. */
const CLEAR = "\u001b[H\u001b[2J";

export function registerGet(program: Program, run: Run): void {
  program
    .command("get")
    .description("show all APIs, one API with its recent jobs, or one job")
    .argument("[api]")
    .argument("[job]")
    .option("--watch", "with a job: show progress until it ends; otherwise: keep refreshing")
    .addHelpText("after", examples("get", "get hello", "get hello 01M84A8S07XNBHQCA3ZN4W26SY --watch"))
    .action((api, job, options) => run((app) => get(app, { api, job, watch: options.watch ?? false })));
}

interface GetArguments {
  readonly api: string | undefined;
  readonly job: string | undefined;
  readonly watch: boolean;
}

async function get(app: App, { api, job, watch }: GetArguments): Promise<ExitCode> {
  const client = await app.connect();
  if (api !== undefined && job !== undefined) {
    const endpoint = await endpointOf(app, client, { api, mayBeDeleted: true });
    if (watch) return watchJob(app, client, { api, endpoint, jobId: job });
    const status = await client.job(endpoint, job, { signal: app.context.signal });
    app.output.document(status);
    if (!app.output.isJson) printJob(app.output, status);
    return EXIT.ok;
  }
  const show = () => showOnce(app, client, { api, isStream: watch });
  await show();
  while (watch) {
    await delay(WATCH_INTERVAL_MS, undefined, { signal: app.context.signal });
    await show();
  }
  return EXIT.ok;
}

async function showOnce(
  app: App,
  client: MillraceClient,
  options: { readonly api: string | undefined; readonly isStream: boolean },
): Promise<void> {
  const { context, output } = app;
  const { signal } = context;
  const { api, isStream } = options;
  const answer = api === undefined ? await client.apis({ signal }) : await client.api(api, { signal });
  if (output.isJson) {
    // With `--watch`, the output is a stream: one line per answer.
    if (isStream) await output.raw(`${JSON.stringify(answer)}\n`);
    else output.document(answer);
    return;
  }
  if (isStream && context.stdout.isTTY) await output.raw(CLEAR);
  if ("apis" in answer) printApis(output, answer.apis);
  else printApi(output, answer);
}
