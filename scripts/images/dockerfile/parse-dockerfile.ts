import { MillraceError } from "@millrace/core";

/** One instruction, with continuation lines joined. */
export interface Instruction {
  /** In upper case. */
  readonly name: string;
  /** Such as `from=build` in `COPY --from=build`; a flag may be repeated. */
  readonly flags: readonly string[];
  /** Everything after the flags. */
  readonly text: string;
  /** The words of a JSON array; undefined in shell form. */
  readonly exec: readonly string[] | undefined;
  /** Number of its first line, from 1. */
  readonly line: number;
}

/** A `FROM` and the instructions after it. */
export interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** Build arguments before the first `FROM`, with their defaults. */
  readonly args: ReadonlyMap<string, string | undefined>;
  readonly stages: readonly Stage[];
}

const NAMES =
  /^(FROM|ARG|RUN|COPY|ADD|ENV|LABEL|WORKDIR|USER|VOLUME|EXPOSE|STOPSIGNAL|HEALTHCHECK|ENTRYPOINT|CMD|SHELL)$/;

/**
 * Parses the subset of the Dockerfile language that this repository uses: no here-documents, no parser directives.
 *
 * @throws {MillraceError} malformed_input naming the line
 */
export function parseDockerfile(text: string): Dockerfile {
  const args = new Map<string, string | undefined>();
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructions(text)) {
    const stage = stages.at(-1);
    if (instruction.name === "FROM") stages.push({ ...from(instruction), instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.name === "ARG") args.set(...assignment(instruction.text));
    else throw malformed(instruction.line, `${instruction.name} before the first FROM`, "ARG or FROM");
  }
  if (stages.length === 0) throw malformed(1, "no FROM", "a base image");
  return { args, stages };
}

/** The `NAME=value` words of `ENV`, `LABEL` or `ARG`, without quotes. */
export function assignments(text: string): ReadonlyMap<string, string | undefined> {
  const words = text.match(/(?:"(?:\\.|[^"])*"|'[^']*'|[^\s"'])+/g) ?? [];
  return new Map(words.map(assignment));
}

function assignment(word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  if (at < 0) return [word.trim(), undefined];
  return [
    word.slice(0, at).trim(),
    word
      .slice(at + 1)
      .trim()
      .replaceAll(/(?<!\\)["']/g, ""),
  ];
}

function* instructions(text: string): Generator<Instruction> {
  let joined = "";
  let first = 0;
  for (const [index, raw] of text.split("\n").entries()) {
    // Comments and empty lines are allowed between continuation lines.
    if (/^\s*(#|$)/.test(raw)) continue;
    if (joined === "") first = index + 1;
    joined += raw.trimStart().replace(/\s*\\\s*$/, " ");
    if (/\\\s*$/.test(raw)) continue;
    yield instruction(joined.trim(), first);
    joined = "";
  }
  if (joined !== "") throw malformed(first, "it is continued past the end", "a whole instruction");
}

function instruction(text: string, line: number): Instruction {
  const [, name = "", ...rest] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  let body = rest.join("");
  if (!NAMES.test(name)) throw malformed(line, `"${name}"`, "an instruction in capitals");
  if (name !== "HEALTHCHECK" && body.includes("<<")) throw malformed(line, "a here-document", "a script");
  const flags: string[] = [];
  for (let flag = /^--(\S+)\s*/.exec(body); flag !== null; flag = /^--(\S+)\s*/.exec(body)) {
    flags.push(flag[1] ?? "");
    body = body.slice(flag[0].length);
  }
  return { name, flags, text: body, exec: execForm(body.replace(/^CMD\s+/, "")), line };
}

function execForm(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  } catch {
    // As in Docker, anything that is not JSON is a shell command.
  }
  return undefined;
}

function from({ text, line }: Instruction): Omit<Stage, "instructions"> {
  const [, image, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(text) ?? [];
  if (image === undefined) throw malformed(line, `FROM ${text}`, "FROM <image> [AS <name>]");
  return { from: image, name, line };
}

function malformed(line: number, state: string, expected: string): MillraceError {
  return new MillraceError(
    "malformed_input",
    `Cannot read the Dockerfile: line ${line}: ${state}, expected ${expected}`,
    {
      details: { line },
    },
  );
}
