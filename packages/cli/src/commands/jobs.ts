import { Option } from "@commander-js/extra-typings";
import { JOB_STATUSES, type JobStatus } from "@millrace/core";
import { printJobTable } from "../job-table.ts";
import { collectPair, integerFrom } from "../submission/parse-flags.ts";
import { examples, type Program, type Run } from "./program.ts";

const STATUSES = Object.keys(JOB_STATUSES) as JobStatus[];

export function registerJobs(program: Program, run: Run): void {
  program
    .command("jobs")
    .description("list the jobs of all APIs, newest first")
    .option("--api <name>", "only jobs of this API")
    .addOption(new Option("--status <status...>", "only jobs with these statuses").choices(STATUSES))
    .option("--label <key=value>", "only jobs with this label; if repeated, all must match", collectPair)
    .option("--limit <n>", "number of jobs to list, at most 1000", integerFrom(1, 1_000))
    .option("--cursor <cursor>", "continue after the page that printed this cursor")
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
