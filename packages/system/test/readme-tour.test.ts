import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type ExecutionContext } from "ava";

/**
 * Runs the README's tour as it is written: `console` blocks are commands (`$ …`) with the output that must follow, in
 * its order; a block such as `python hello/predictor.py` is a file that the reader writes. `…` stands for lines left out.
 */
const root = resolve(import.meta.dirname, "..", "..", "..");
const ULID = /\b01[0-9A-HJKMNP-TV-Z]{24}\b/g;
/** What made the packages that this test runs from: a second one would only wait for the network. */
const SKIPPED = /^npx pnpm@12 install$/;

interface Step {
  readonly kind: "command" | "write" | "compare";
  /** The command, or the file's path. */
  readonly text: string;
  /** Lines of output, or of the file. */
  readonly lines: readonly string[];
}

test("README's tour does what it says when its commands are run in order", async (t) => {
  t.timeout(240_000);
  const steps = tourSteps(await readFile(join(root, "README.md"), "utf8"));
  t.true(steps.length >= 20, `found ${steps.length} steps`);
  const tour = await startTour(t);
  for (const [i, step] of steps.entries()) {
    const path = join(tour.directory, step.text);
    if (step.kind === "write") await writeFile(path, `${step.lines.join("\n")}\n`);
    else if (step.kind === "compare") t.is(await readFile(path, "utf8"), `${step.lines.join("\n")}\n`);
    else if (!SKIPPED.test(step.text)) await tour.run(step, { mayFail: steps[i + 1]?.text === "echo $?" });
  }
});

/** The steps under the tour's heading. */
function tourSteps(readme: string): readonly Step[] {
  const tour = readme.split(/^## /m).find((section) => section.startsWith("A tour"));
  const blocks = tour?.matchAll(/^```(\S+)(?: (\S+))?(.*)\n([\s\S]*?)^```$/gm) ?? [];
  return [...blocks].flatMap(([, language, path, note, body = ""]) => {
    const lines = body.trimEnd().split("\n");
    if (language === "console") return commands(lines);
    if (path === undefined) return [];
    return [{ kind: note === "" ? "write" : "compare", text: path, lines }] satisfies Step[];
  });
}

function commands(lines: readonly string[]): readonly Step[] {
  const starts = lines.flatMap((line, i) => (line.startsWith("$ ") ? [i] : []));
  return starts.map((start, i) => ({
    kind: "command",
    text: lines[start]?.slice(2) ?? "",
    lines: lines.slice(start + 1, starts[i + 1]),
  }));
}

interface Tour {
  readonly directory: string;
  run(step: Step, options: { readonly mayFail: boolean }): Promise<void>;
}

/** A directory that looks like a fresh clone to the commands, with a service that is stopped at the end. */
async function startTour(t: ExecutionContext): Promise<Tour> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "millrace-tour-")));
  await symlink(join(root, "node_modules"), join(directory, "node_modules"));
  await mkdir(join(directory, ".millrace"));
  // Only the port differs from what a reader has: 8080 may be taken here.
  let env: NodeJS.ProcessEnv = { ...process.env, MILLRACE_PORT: "0", NO_COLOR: "1" };
  for (const name of ["MILLRACE_HOME", "MILLRACE_URL", "MILLRACE_TOKEN"]) delete env[name];
  let lastCode = 0;
  /** Ids in the README and what they are here. */
  const ids = new Map<string, string>();
  t.teardown(async () => {
    const path = `${join(root, "node_modules", ".bin")}:${process.env.PATH}`;
    await bash("millrace down", { cwd: directory, env: { ...env, PATH: path } });
    await rm(directory, { recursive: true, force: true });
  });
  return {
    directory,
    async run({ text, lines }, { mayFail }) {
      const command = text.replace(ULID, (id) => ids.get(id) ?? id);
      const assigned = /^export (\w+)=/.exec(command)?.[1];
      const shown = assigned === undefined ? "" : `; printf %s "$${assigned}"`;
      const { code, output } = await bash(`(exit ${lastCode}); ${command}${shown}`, { cwd: directory, env });
      lastCode = code;
      if (assigned !== undefined) env = { ...env, [assigned]: output };
      else expectLines(t, lines, { command, output, ids });
      if (!mayFail) t.is(code, 0, `${command} exits 0:\n${output}`);
    },
  };
}

/** Every shown line comes, in order; what the README leaves out may come in between. */
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

/** What differs from run to run, and what it may be. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [ULID, "[0-9A-Z]{26}"],
  [/\b[0-9a-f]{16}\b/g, "[0-9a-f]{16}"],
  [/127\.0\.0\.1:\d+/g, "127\\.0\\.0\\.1:\\d+"],
  [/\/home\/ada\/millrace/g, "/\\S+"],
  [/in [\d.]+s \([\d.,]+ items/g, "in \\S+s( \\d+s)? \\([\\d.,]+ items"],
];

function linePattern(line: string, ids: ReadonlyMap<string, string>): RegExp {
  const variable = new RegExp(`(${VARIABLES.map(([pattern]) => pattern.source).join("|")})`);
  // Split at a group: what is at odd places is what the group matched.
  const parts = line.split(variable).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    return ids.get(part) ?? VARIABLES.find(([pattern]) => part.match(pattern))?.[1] ?? part;
  });
  return new RegExp(`^${parts.join("")}$`);
}

function bash(
  command: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn("bash", ["-c", `exec 2>&1; ${command}`], {
    ...options,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code: code ?? 1, output }));
  });
}
