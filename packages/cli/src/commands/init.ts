import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { projectTemplate } from "../project/project-template.ts";
import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerInit(program: Program, run: Run): void {
  program
    .command("init")
    .description("create a small working project")
    .argument("[dir]", "directory to create it in", ".")
    .option("--typescript", "write the predictor in TypeScript instead of Python")
    .option("--item", "write one that gets an item at a time, with many calls in flight")
    .addHelpText("after", examples("init hello", "init hello --typescript --item"))
    .action((dir, options) => run((app) => init(app, dir, options)));
}

async function init(
  app: App,
  dir: string,
  options: { readonly typescript?: true | undefined; readonly item?: true | undefined },
): Promise<ExitCode> {
  const target = resolve(app.context.cwd, dir);
  const name = apiName(basename(target));
  const files = projectTemplate({
    name,
    type: options.typescript ? "typescript" : "python",
    unit: options.item ? "item" : "batch",
  });
  for (const path of Object.keys(files)) {
    if ((await stat(join(target, path)).catch(() => undefined)) === undefined) continue;
    throw new UserError(
      `Cannot write the project: "${join(target, path)}" already exists, expected a new file`,
      {
        hint: "name another directory: millrace init my-project",
      },
    );
  }
  await mkdir(target, { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(join(target, path), text, { flag: "wx" });
  const shown = relative(app.context.cwd, target) || ".";
  app.output.line(`wrote ${Object.keys(files).join(", ")} to ${shown}`);
  app.output.line("next:");
  app.output.line("  millrace up --detach");
  app.output.line(`  millrace deploy ${join(shown, "millrace.yaml")}`);
  app.output.line(`  millrace submit ${name} ${join(shown, "sample.json")} --watch`);
  app.output.document({ dir: target, api: name, files: Object.keys(files) });
  return EXIT.ok;
}

/** Turns a directory name into an API name: lower-case letters, digits and dashes. */
function apiName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  return name === "" ? "hello" : name;
}
