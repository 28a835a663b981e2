import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runProcess } from "@millrace/process-tree";
import type { ExecutionContext } from "ava";
import type { Step } from "./tour-steps.ts";

const root = resolve(import.meta.dirname, "..", "..", "..");
const ULID = /\b01[0-9A-HJKMNP-TV-Z]{24}\b/g;
/** The packages that this test uses are already installed: a second installation would only wait for the network. */
const SKIPPED = /^npx pnpm@12 install$/;

export interface Tour {
  /** Executes the steps of a page; calls `look` with the address of each picture that it shows. */
  take(steps: readonly Step[], look?: (picture: string) => Promise<void>): Promise<void>;
  /** Output of the last command that matches. */
  printed(command: RegExp): string;
  /** The actual id of a job, by its id on the page. */
  idHere(id: string): string;
}

/** A directory that looks like a fresh clone to the commands, with a service that is stopped at the end. */
export async function startTour(t: ExecutionContext): Promise<Tour> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "millrace-tour-")));
  await symlink(join(root, "node_modules"), join(directory, "node_modules"));
  await mkdir(join(directory, ".millrace"));
  await cp(join(root, "docs", "concepts"), join(directory, "docs", "concepts"), { recursive: true });
  const shell = new Shell(t, directory);
  t.teardown(async () => {
    await shell.stopService();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    async take(steps, look = async () => {}) {
      for (const [i, step] of steps.entries()) {
        const path = join(directory, step.text);
        if (step.kind === "picture") await look(step.text);
        else if (step.kind === "write") await write(path, step.lines);
        else if (step.kind === "compare") t.is(await readFile(path, "utf8"), `${step.lines.join("\n")}\n`);
        else if (!SKIPPED.test(step.text))
          await shell.run(step, { mayFail: steps[i + 1]?.text === "echo $?" });
      }
    },
    printed: (command) => shell.printed.findLast(({ text }) => command.test(text))?.output ?? "",
    idHere: (id) => shell.ids.get(id) ?? id,
  };
}

async function write(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${lines.join("\n")}\n`);
}

/** The reader's shell: keeps exported variables and the last exit code. */
class Shell {
  readonly printed: { readonly text: string; readonly output: string }[] = [];
  /** Maps ids on the page to actual ids. */
  readonly ids = new Map<string, string>();
  readonly #t: ExecutionContext;
  readonly #directory: string;
  #env: NodeJS.ProcessEnv;
  #lastCode = 0;

  constructor(t: ExecutionContext, directory: string) {
    this.#t = t;
    this.#directory = directory;
    // Only the port differs from a reader's: 8080 may be in use here.
    const env: NodeJS.ProcessEnv = { ...process.env, MILLRACE_PORT: "0", NO_COLOR: "1" };
    for (const name of ["MILLRACE_HOME", "MILLRACE_URL", "MILLRACE_TOKEN"]) delete env[name];
    this.#env = env;
  }

  async run({ text, lines }: Step, { mayFail }: { readonly mayFail: boolean }): Promise<void> {
    const command = text.replace(ULID, (id) => this.ids.get(id) ?? id);
    const assigned = /^export (\w+)=/.exec(command)?.[1];
    const shown = assigned === undefined ? "" : `; printf %s "$${assigned}"`;
    const options = { cwd: this.#directory, env: this.#env };
    const { code, output } = await bash(`(exit ${this.#lastCode}); ${command}${shown}`, options);
    this.#lastCode = code;
    this.printed.push({ text, output });
    if (assigned !== undefined) this.#env = { ...this.#env, [assigned]: output };
    else expectLines(this.#t, lines, { command, output, ids: this.ids });
    if (!mayFail) this.#t.is(code, 0, `${command} exits 0:\n${output}`);
  }

  async stopService(): Promise<void> {
    const path = `${join(root, "node_modules", ".bin")}:${process.env.PATH}`;
    await bash("millrace down", { cwd: this.#directory, env: { ...this.#env, PATH: path } });
  }
}

/** Expects every shown line, in order; other lines may come in between. */
function expectLines(
  t: ExecutionContext,
  shown: readonly string[],
  run: { readonly command: string; readonly output: string; readonly ids: Map<string, string> },
): void {
  const printed = run.output.split("\n");
  let from = 0;
  for (const line of shown.filter((text) => text !== "…")) {
    const pattern = linePattern(line, run.ids);
    const at = printed.findIndex((text, i) => i >= from && pattern.test(text));
    t.not(at, -1, `${run.command} prints "${line}" after line ${from} of:\n${run.output}`);
    from = at + 1;
    const actual = printed[at]?.match(ULID) ?? [];
    for (const [i, id] of (line.match(ULID) ?? []).entries()) run.ids.set(id, actual[i] ?? id);
  }
}

/** Parts that differ from run to run, with patterns for them. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [ULID, "[0-9A-Z]{26}"],
  [/\b[0-9a-f]{16}\b/g, "[0-9a-f]{16}"],
  [/127\.0\.0\.1:\d+/g, "127\\.0\\.0\\.1:\\d+"],
  [/\/home\/ada\/millrace/g, "/\\S+"],
  [/…/g, ".*"],
  [/in [\d.]+s \([\d.,]+ items/g, "in \\S+s( \\d+s)? \\([\\d.,]+ items"],
];

function linePattern(line: string, ids: ReadonlyMap<string, string>): RegExp {
  const variable = new RegExp(`(${VARIABLES.map(([pattern]) => pattern.source).join("|")})`);
  // Split by a group: the elements at odd indices are what the group matched.
  const parts = line.split(variable).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    return ids.get(part) ?? VARIABLES.find(([pattern]) => part.match(pattern))?.[1] ?? part;
  });
  return new RegExp(`^${parts.join("")}$`);
}

async function bash(
  command: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<{ readonly code: number; readonly output: string }> {
  const { code, stdout } = await runProcess(["bash", "-c", `exec 2>&1; ${command}`], options);
  return { code: code ?? 1, output: stdout };
}
