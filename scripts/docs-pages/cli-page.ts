import { PassThrough } from "node:stream";
import { type Context, createProgram } from "@millrace/cli";
import { table } from "../field-table.ts";

type Program = ReturnType<typeof createProgram>;

/** A verb, or one of its own verbs. */
type Verb = Program["commands"][number];

/** Markdown for every command: usage, arguments, options, examples; then what is common to all of them. */
export function cliPage(): string {
  const help = new PassThrough({ encoding: "utf8" });
  const program = createProgram(describing(help), () => async () => {});
  const printed = (verb: Verb): string => {
    verb.outputHelp();
    return String(help.read() ?? "");
  };
  const verbs = program.commands.filter((verb) => !isHidden(verb, program));
  return [
    `Every command also takes these options:\n\n${options(program)}`,
    ...verbs.flatMap((verb) => [
      section(verb, 2, printed),
      ...verb.commands.map((sub) => section(sub, 3, printed)),
    ]),
    ...closingSections(printed(program)),
  ].join("\n\n");
}

/** Only its output streams are used: no command runs. */
function describing(stdout: PassThrough): Context {
  return {
    env: {},
    cwd: "/",
    stdin: new PassThrough(),
    stdout: Object.assign(stdout, { columns: 1_000 }),
    stderr: new PassThrough(),
    signal: new AbortController().signal,
    serviceCommand: ["millrace"],
  };
}

function isHidden(verb: Verb, program: Program): boolean {
  return !program
    .createHelp()
    .visibleCommands(program)
    .some((visible) => visible.name() === verb.name());
}

function section(verb: Verb, depth: number, printed: (verb: Verb) => string): string {
  const usage = verb.createHelp().commandUsage(verb);
  const examples = /^Examples:\n((?: {2}.*\n?)+)/m.exec(printed(verb))?.[1];
  return [
    `${"#".repeat(depth)} ${usage.split(/ [[<]/)[0]?.replace(/\|\S+/, "")}`,
    sentence(verb.description()),
    fenced("text", usage),
    arguments_(verb),
    options(verb),
    examples === undefined ? "" : fenced("sh", examples.replace(/^ {2}/gm, "").trimEnd()),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function arguments_(verb: Verb): string {
  const described = verb.registeredArguments.filter(({ description }) => description);
  if (described.length === 0) return "";
  return table(
    ["argument", "what it is"],
    described.map((argument) => [`\`${argument.name()}\``, inMarkdown(argument.description)]),
  );
}

function options(verb: Verb): string {
  const shown = verb.options.filter(({ hidden }) => !hidden);
  if (shown.length === 0) return "";
  return table(
    ["option", "what it does"],
    shown.map(({ flags, description, argChoices, defaultValue }) => {
      const choices = argChoices ? `; one of ${argChoices.map((choice) => `\`${choice}\``).join(", ")}` : "";
      // `--no-open` makes an option `open` that defaults to true: not a default that a reader would expect.
      const initial =
        defaultValue === undefined || defaultValue === true ? "" : ` (default: \`${defaultValue}\`)`;
      return [`\`${flags}\``, `${inMarkdown(description)}${choices}${initial}`];
    }),
  );
}

/** The closing parts of the top-level help, such as `Exit codes:`, as sections. */
function closingSections(help: string): readonly string[] {
  return [
    closingSection(help, { found: "Exit codes", title: "Exit codes", column: "code" }),
    closingSection(help, { found: "Environment", title: "Environment variables", column: "variable" }),
  ];
}

function closingSection(
  help: string,
  { found, title, column }: { readonly found: string; readonly title: string; readonly column: string },
): string {
  const lines = new RegExp(`^${found}:\\n((?: {2}.*\\n?)+)`, "m").exec(help)?.[1];
  if (lines === undefined) {
    throw new Error(`Cannot write the page of commands: their help has no "${found}:"`);
  }
  const rows = [...lines.matchAll(/^ {2}(\S+) +(.+)$/gm)].map(([, name, text = ""]) => {
    return [`\`${name}\``, inMarkdown(text)];
  });
  return `## ${title}\n\n${table([column, "meaning"], rows)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${inMarkdown(text.slice(1))}.`;
}

/** `<id>` would be an HTML element. */
function inMarkdown(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("*", "\\*");
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
