import type { MillraceClient } from "@millrace/client";
import type { FailureView } from "@millrace/core";
import type { Output } from "../output.ts";
import { type App, endpointOf } from "../session.ts";
import { quotedLines, terminalLine } from "../terminal-text.ts";
import { examples, type Program, type Run } from "./program.ts";

const PAYLOAD_CHARS = 200;

export function registerFailures(program: Program, run: Run): void {
  program
    .command("failures")
    .description("print a job's failed items with their errors; -o json adds their attempts and payloads")
    .argument("<api>")
    .argument("<job>")
    .option("--traceback", "show the traceback of the last attempt")
    .addHelpText(
      "after",
      examples(
        "failures hello 01M84A8S07XNBHQCA3ZN4W26SY --traceback",
        "failures hello 01M84A8S07XNBHQCA3ZN4W26SY -o json",
      ),
    )
    .action((api, job, options) =>
      run(async (app) => {
        const client = await app.connect();
        const endpoint = await endpointOf(app, client, { api, mayBeDeleted: true });
        let count = 0;
        for await (const failure of client.failures(endpoint, job, { signal: app.context.signal })) {
          count++;
          const text = app.output.isJson
            ? JSON.stringify(failure)
            : failureText(app.output, failure, options);
          await app.output.raw(`${text}\n`);
        }
        if (count === 0) app.output.note(await nothingFailed(app, client, { api, endpoint, job }));
      }),
    );
}

/** A job can break before it has processed its items, so the absence of error rows does not mean that all is well. */
async function nothingFailed(
  { context: { signal } }: App,
  client: MillraceClient,
  { api, endpoint, job }: { readonly api: string; readonly endpoint: string; readonly job: string },
): Promise<string> {
  const { job_status } = await client.job(endpoint, job, { signal });
  if (job_status.end_time === null) return "no item failed so far";
  if (job_status.status === "succeeded") return "no item failed";
  const reason = job_status.status_reason === null ? "" : `: ${job_status.status_reason.message}`;
  return `the job is ${job_status.status}${reason}; none of its items has an error of its own, see: millrace logs ${api} ${job}`;
}

function failureText(
  output: Output,
  failure: FailureView,
  options: { readonly traceback?: true | undefined },
): string {
  const { index, id, error, payload, attempts } = failure;
  const named = id === null || id === undefined ? "" : ` ${JSON.stringify(id)}`;
  const tries = `${error.attempts} ${error.attempts === 1 ? "attempt" : "attempts"}`;
  const message = terminalLine(error.message);
  const lines = [`item ${index}${named}: ${output.style("red", error.code)}: ${message} (${tries})`];
  if (payload !== null && payload !== id)
    lines.push(`  payload: ${JSON.stringify(payload).slice(0, PAYLOAD_CHARS)}`);
  const traceback = options.traceback ? attempts.at(-1)?.traceback : undefined;
  if (traceback) lines.push(...quotedLines(traceback));
  return lines.join("\n");
}
