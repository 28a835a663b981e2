import { Option } from "@commander-js/extra-typings";
import { JOB_STATUSES, type JobStatus } from "@millrace/core";
import { printJobTable } from "../job-table.ts";
import { collectPair, integerFrom } from "../submission/parse-flags.ts";
import { examples, type Program, type Run } from "./program.ts";

const STATUSES = Object.keys(JOB_STATUSES) as JobStatus[];

export function registerJobs(program: Program, run: Run): void {
  program
    .command("jobs")
    .description("the jobs of all APIs, newest first")
    .option("--api <name>", "only of this API")
    .addOption(new Option("--status <status...>", "only in one of these").choices(STATUSES))
    .option("--label <key=value>", "only with this label; several must all match", collectPair)
    .option("--limit <n>", "at most this many, up to 1000", integerFrom(1, 1_000))
    .option("--cursor <cursor>", "the page after the one that ended with it")
    .addHelpText(
      "after",
      examples("jobs --status running pending", "jobs --api hello --label team=vision --limit 20"),
    )
    .action((options) =>
      run(async (app) => {
        const client = await app.connect();
        const { api, status: statuses, label: labels, limit, cursor } = options;
        const page = await client.jobs(
          { api, statuses, labels, limit, cursor },
          { signal: app.context.signal },
        );
        app.output.document(page);
        if (page.jobs.length === 0) app.output.line("no jobs");
        else if (!app.output.isJson) printJobTable(app.output, page.jobs);
        if (page.cursor !== null && !app.output.isJson)
          app.output.note(`older ones: --cursor ${page.cursor}`);
      }),
    );
}
