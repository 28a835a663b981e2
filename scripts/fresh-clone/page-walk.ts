import type { DocumentedCommand } from "./documented-commands.ts";

/** Replacements for names in a page's command that differ here. */
export interface Place {
  /** Of the service. */
  readonly url: string;
  /** A finished job for each API. */
  readonly jobs: Readonly<Record<string, string>>;
}

/** A deviation from running a command unchanged and expecting exit code 0. */
interface Exception {
  readonly codes?: readonly number[];
  /** Expected output: not just any failure will do. */
  readonly shows?: RegExp;
  /** Run instead. */
  readonly as?: string;
  /** Run afterwards, to restore what later commands need. */
  readonly behind?: string;
}

/** Exit codes of `millrace`. */
const FAILED = 1;
const REFUSED = 2;
const SOME_ITEMS_FAILED = 3;

/** By command, without job ids. */
const EXCEPTIONS: readonly (readonly [string | RegExp, Exception])[] = [
  // The folder hello already exists.
  ["millrace init hello", { as: "millrace init $(mktemp -d -p .)/hello" }],
  ["millrace init hello --typescript", { as: "millrace init $(mktemp -d -p .)/hello --typescript" }],
  ["millrace init hello --item", { as: "millrace init $(mktemp -d -p .)/hello --item" }],
  [
    "millrace init hello --typescript --item",
    { as: "millrace init $(mktemp -d -p .)/hello --typescript --item" },
  ],
  // The root has no API configuration.
  ["millrace deploy", { as: "(cd hello && millrace deploy)" }],
  ["millrace deploy badc", { codes: [REFUSED] }],
  // Each API's job has an item that fails, so that there is something to show and to retry.
  [/^millrace (get|retry) (hello|mis) \S+ --watch$/, { codes: [SOME_ITEMS_FAILED] }],
  [
    "millrace submit classifier --delimited s3://bucket/rows/ --batch-size 256 --label team=vision",
    { codes: [REFUSED] },
  ],
  // The job is over and cannot be stopped.
  [/^millrace delete hello 01/, { codes: [REFUSED] }],
  ["millrace down", { behind: "millrace up --detach" }],
  ["millrace up --port 8081 --home /data/millrace", { as: "millrace up --port 0 --home other --detach" }],
  ["millrace down --home /data/millrace", { as: "millrace down --home other" }],
  ["millrace delete hello --force", { behind: "millrace deploy hello" }],
  [
    "millrace env remove box",
    { behind: "millrace env add box --url $MILLRACE_TEST_URL --token-stdin < token" },
  ],
  // Its findings depend on the machine.
  [/^millrace doctor/, { codes: [0, FAILED] }],
  // There is no AWS account here; the first of these commands installs the infrastructure.
  [/^millrace cluster /, { codes: [FAILED], shows: /Cannot find out whose credentials these are/ }],
  ['eval "$(millrace completion zsh)"', { as: "millrace completion zsh" }],
  ["millrace completion fish | source", { as: "millrace completion fish" }],
  ["millrace completion bash >> ~/.bashrc", { as: "millrace completion bash" }],
];

const ULID = /\b01[0-9A-HJKMNP-TV-Z]{24}\b/;

/** A command as it is run here, and its expected end. */
export interface Step {
  readonly command: DocumentedCommand;
  readonly script: string;
  readonly codes: readonly number[];
  readonly shows: RegExp;
}

/** A page's commands, to be run one by one in one shell. */
export function stepsOf(commands: readonly DocumentedCommand[], place: Place): readonly Step[] {
  return commands.map((command) => {
    const [, exception = {}] =
      EXCEPTIONS.find(([pattern]) =>
        typeof pattern === "string" ? pattern === command.text : pattern.test(command.text),
      ) ?? [];
    const { codes = [0], shows = /^/, as = command.text, behind } = exception;
    const script = [as, ...(behind === undefined ? [] : [`code=$?; ${behind}; (exit $code)`])].join("; ");
    return { command, script: here(script, place), codes, shows };
  });
}

/** The same command with the names that apply here. */
function here(script: string, { url, jobs }: Place): string {
  const api = Object.keys(jobs).find((name) => new RegExp(`\\b${name}\\b`).test(script)) ?? "";
  const job = jobs[api] ?? "JOB";
  return script
    .replace(/http:\/\/127\.0\.0\.1:8080|https:\/\/box\.example\.com|\$MILLRACE_TEST_URL/g, url)
    .replace(/^curl /, "curl --silent --show-error --fail-with-body ")
    .replace(/(?<= )\/data\//, "$PWD/data/")
    .replace(/<api>/, "hello")
    .replace(ULID, job)
    .replace(/\$JOB\b/, job)
    .replace(/ JOB\b/, ` ${job}`);
}

/** One script for all steps; {@link endings} reads its output. */
export function pageScript(steps: readonly Step[]): string {
  return steps
    .map(({ script }, i) => `echo "@@ ${i}"; ${script}\ncode=$?; echo; echo "@@ ended ${i} $code"`)
    .join("\n");
}

/** Exit code and output of each step; undefined for a step that was not reached. */
export function endings(
  output: string,
  steps: readonly Step[],
): readonly ({ readonly code: number; readonly output: string } | undefined)[] {
  return steps.map((_, i) => {
    const pattern = new RegExp(`^@@ ${i}$\\n([\\s\\S]*?)^@@ ended ${i} (\\d+)$`, "m");
    const [, printed, code] = pattern.exec(output) ?? [];
    return code === undefined ? undefined : { code: Number(code), output: printed ?? "" };
  });
}

/** Exceptions in the table that match no page. */
export function unusedExceptions(commands: readonly DocumentedCommand[]): readonly string[] {
  return EXCEPTIONS.map(([pattern]) => pattern)
    .filter((pattern) =>
      commands.every(({ text }) => (typeof pattern === "string" ? pattern !== text : !pattern.test(text))),
    )
    .map(String);
}

/** Verbs with subcommands. */
const GROUPS = new Set(["env", "cluster"]);

/** A command in a sentence is not run: only its verb and the options that it names must exist. */
export function verbAndOptions(text: string): { readonly verb: string; readonly options: readonly string[] } {
  const [first = "", second = "", ...rest] = text.replace(/^(npx pnpm@12 )?millrace /, "").split(/\s+/);
  const words = [first, second, ...rest];
  const verb = /^[-<]/.test(first) ? "" : first;
  return {
    verb: GROUPS.has(verb) && /^[a-z]/.test(second) ? `${verb} ${second}` : verb,
    options: words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*/, "")),
  };
}
