import type { LogLineView } from "@millrace/core";
import type { Output } from "../output.ts";
import { endpointOf } from "../session.ts";
import { integerFrom } from "../submission/parse-flags.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerLogs(program: Program, run: Run): void {
  program
    .command("logs")
    .description("the log lines of a job")
    .argument("<api>")
    .argument("<job>")
    .option("-f, --follow", "go on as lines come, until the job is over")
    .option("--worker <n>", "only this worker's lines", integerFrom(0))
    .addHelpText(
      "after",
      examples(
        "logs hello 01M84A8S07XNBHQCA3ZN4W26SY --follow",
        "logs hello 01M84A8S07XNBHQCA3ZN4W26SY --worker 0",
      ),
    )
    .action((api, job, options) =>
      run(async (app) => {
        const client = await app.connect();
        const { signal } = app.context;
        const endpoint = await endpointOf(app, client, { api, mayBeDeleted: true });
        for await (const line of client.logs(endpoint, job, { ...options, signal })) {
          await app.output.raw(`${app.output.isJson ? JSON.stringify(line) : logText(app.output, line)}\n`);
        }
      }),
    );
}

function logText(output: Output, line: LogLineView): string {
  const source = line.worker === null ? "service" : `worker ${line.worker}`;
  const time = line.time.replace(/^.*T/, "").replace("Z", "");
  const text = line.level === "error" ? output.style("red", line.text) : line.text;
  return `${output.style("dim", `${time} ${source.padEnd(9)}`)} ${text}`;
}
