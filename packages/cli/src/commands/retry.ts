import { EXIT } from "../exit-codes.ts";
import { endpointOf } from "../session.ts";
import { watchJob } from "../watch/watch-job.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerRetry(program: Program, run: Run): void {
  program
    .command("retry")
    .description("create a new job for the items of a finished job that have no output")
    .argument("<api>")
    .argument("<job>")
    .option("--idempotency-key <key>", "repeating a request with the same key returns the same job")
    .option("--watch", "show progress until the job ends")
    .addHelpText("after", examples("retry hello 01M84A8S07XNBHQCA3ZN4W26SY --watch"))
    .action((api, job, options) =>
      run(async (app) => {
        const client = await app.connect();
        const { signal } = app.context;
        const endpoint = await endpointOf(app, client, { api });
        const { idempotencyKey } = options;
        let isKnown = false;
        const onKnown = () => {
          isKnown = true;
        };
        const made = await client.retry(endpoint, job, { idempotencyKey, onKnown, signal });
        const key = isKnown ? ", which this idempotency key made before" : "";
        app.output.line(`retrying ${job} as job ${made.job_id}${key}`);
        if (options.watch) return watchJob(app, client, { api, endpoint, jobId: made.job_id });
        app.output.line(`watch it: millrace get ${api} ${made.job_id} --watch`);
        app.output.document(made);
        return EXIT.ok;
      }),
    );
}
