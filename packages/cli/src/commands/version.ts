import { cliVersion } from "../cli-version.ts";
import { readServiceFile } from "../environments/service-file.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerVersion(program: Program, run: Run): void {
  program
    .command("version")
    .description("print the version of this command and, if it is running, of the local service")
    .addHelpText("after", examples("version", "version -o json"))
    .action(() =>
      run(async (app) => {
        const version = await cliVersion();
        const service = await readServiceFile(app.home);
        app.output.line(
          `millrace ${version}${service === undefined ? "" : ` (service ${service.version} at ${service.url})`}`,
        );
        app.output.document({ version, service: service ?? null });
      }),
    );
}
