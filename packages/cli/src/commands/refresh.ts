import { showDeploy } from "../deploy-events.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerRefresh(program: Program, run: Run): void {
  program
    .command("refresh")
    .description("install an API's dependencies again")
    .argument("<api>")
    .addHelpText("after", examples("refresh hello"))
    .action((api) =>
      run(async (app) => {
        const client = await app.connect();
        const response = await showDeploy(app, client.refresh(api, { signal: app.context.signal }));
        app.output.line(response.message);
        app.output.document(response);
      }),
    );
}
