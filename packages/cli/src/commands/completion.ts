import { Argument } from "@commander-js/extra-typings";
import { complete } from "../completion/complete.ts";
import { COMPLETION_SCRIPTS } from "../completion/scripts.ts";
import { createApp } from "../session.ts";
import { examples, type Program, type Run } from "./program.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** What the completion scripts call each time the tab key is pressed. */
export const COMPLETE_VERB = "__complete";

export function registerCompletion(program: Program, run: Run): void {
  program
    .command("completion")
    .description("print a shell script that completes commands, APIs, jobs and environments")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .addHelpText("after", examples("completion bash >> ~/.bashrc", "completion fish | source"))
    .action((shell) => run((app) => app.output.raw(COMPLETION_SCRIPTS[shell])));
  program
    .command(COMPLETE_VERB, { hidden: true })
    .argument("[words...]")
    .action((words) =>
      run(async ({ context, output }) => {
        const lines = await complete({
          program,
          words,
          session: ({ home, env }) => createApp(context, { format: "text", home, env }),
        });
        for (const line of lines) await output.raw(`${line}\n`);
      }),
    );
}
