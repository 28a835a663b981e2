import { endpointOf } from "../session.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerDelete(program: Program, run: Run): void {
  program
    .command("delete")
    .description("delete an API or, with a job, stop that job")
    .argument("<api>")
    .argument("[job]")
    .option("--force", "also stop the API's active jobs")
    .addHelpText("after", examples("delete hello 01M84A8S07XNBHQCA3ZN4W26SY", "delete hello --force"))
    .action((api, job, options) =>
      run(async (app) => {
        const client = await app.connect();
        const { signal } = app.context;
        const endpoint = job === undefined ? "" : await endpointOf(app, client, { api, mayBeDeleted: true });
        const answer =
          job === undefined
            ? await client.deleteApi(api, { force: options.force, signal })
            : await client.stop(endpoint, job, { signal });
        app.output.line(answer.message);
        app.output.document(answer);
      }),
    );
}
