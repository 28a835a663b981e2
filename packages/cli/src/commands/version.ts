import { readFile } from "node:fs/promises";
import { readServiceFile } from "../service/service-file.ts";
import type { Program, Run } from "./program.ts";

export function registerVersion(program: Program, run: Run): void {
  program
    .command("version")
    .description("the version of this command, and of the local service if one runs")
    .action(() =>
      run(async (app) => {
        const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
        const { version } = JSON.parse(text) as { readonly version: string };
        const service = await readServiceFile(app.home);
        app.output.line(
          `millrace ${version}${service === undefined ? "" : ` (service ${service.version} at ${service.url})`}`,
        );
        app.output.document({ version, service: service ?? null });
      }),
    );
}
