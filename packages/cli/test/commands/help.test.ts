import { Writable } from "node:stream";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import test from "ava";
import type { TerminalStream } from "../../src/context.ts";
import { createProgram } from "../../src/program.ts";

/** The command line with verbs that do nothing, and what it prints. */
function idleProgram() {
  let printed = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      printed += String(chunk);
      done();
    },
  }) as TerminalStream;
  const context = {
    env: {},
    cwd: "/",
    stdin: process.stdin,
    stdout: stream,
    stderr: stream,
    signal: new AbortController().signal,
    serviceCommand: ["false"] as const,
  };
  const ran: string[] = [];
  const program = createProgram(context, () => async () => {
    ran.push("verb");
  });
  return { program, ran, printed: () => printed };
}

function exampleLines(command: CommandUnknownOpts): readonly string[] {
  const { program, printed } = idleProgram();
  const path: string[] = [];
  for (let one: CommandUnknownOpts | null = command; one?.parent; one = one.parent) path.unshift(one.name());
  ignoreExit(() => program.parse([...path, "--help"], { from: "user" }));
  const examples = printed().split("Examples:\n")[1] ?? "";
  return examples.split("\n").filter((line) => line.startsWith("  millrace "));
}

/** commander throws once it has printed the help. */
function ignoreExit(run: () => void): void {
  try {
    run();
  } catch {}
}

/** Words of a shell's line, up to where it goes elsewhere. */
function words(line: string): readonly string[] {
  const own = line.trim().split(/ (?:<|>>?|\|) /)[0] ?? "";
  return (own.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replace(/^'(.*)'$/, "$1"));
}

const { program } = idleProgram();
// What a cluster's commands take is said by the infrastructure's own program.
const verbs = program.commands.filter((one) => !one.name().startsWith("_"));
const all = verbs.flatMap((one) => [one, ...(one.name() === "cluster" ? [] : one.commands)]);

for (const command of all) {
  const name = command.parent === program ? command.name() : `${command.parent?.name()} ${command.name()}`;
  test(`${name} --help has examples, and each of them is a valid command line`, async (t) => {
    const lines = exampleLines(command as CommandUnknownOpts);
    t.true(lines.length >= 1 && lines.length <= 4, `${lines.length} examples`);
    for (const line of lines) {
      const { program: fresh, ran, printed } = idleProgram();
      await t.notThrowsAsync(
        async () => fresh.parseAsync([...words(line)], { from: "user" }),
        `${line}\n${printed()}`,
      );
      t.deepEqual(ran, ["verb"], line);
    }
  });
}
