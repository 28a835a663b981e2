import { logText } from "../log-text.ts";
import { endpointOf } from "../session.ts";
import { collectIntegers, integerFrom, timeOrAge } from "../submission/parse-flags.ts";
import { examples, type Program, type Run } from "./program.ts";

const MOST_TAIL = 100_000;

export function registerLogs(program: Program, run: Run): void {
  program
    .command("logs")
    .description("print a job's log")
    .argument("<api>")
    .argument("<job>")
    .option("-f, --follow", "keep printing new lines until the job is over")
    .option("--worker <n>", "only lines of these workers, comma-separated", collectIntegers)
    .option(
      "--since <time>",
      "only lines since this time: 10m, 2h, or a time such as 2026-01-31T12:00:00Z",
      timeOrAge,
    )
    .option("--tail <n>", "only the last n lines of all workers together", integerFrom(0, MOST_TAIL))
    .addHelpText(
      "after",
      examples(
        "logs hello 01M84A8S07XNBHQCA3ZN4W26SY --follow --tail 20",
        "logs hello 01M84A8S07XNBHQCA3ZN4W26SY --worker 0,3 --since 10m",
      ),
    )
    .action((api, job, { follow, worker: workers, since, tail }) =>
      run(async (app) => {
        const client = await app.connect();
        const { output, context } = app;
        const endpoint = await endpointOf(app, client, { api, mayBeDeleted: true });
        let isAway = false;
        const onLost = () => {
          if (!isAway) output.note("the service went away, reconnecting");
          isAway = true;
        };
        const options = { follow, workers, since, tail, onLost, signal: context.signal };
        for await (const line of client.logs(endpoint, job, options)) {
          isAway = false;
          await output.raw(`${output.isJson ? JSON.stringify(line) : logText(output, line)}\n`);
        }
      }),
    );
}
