import type { DocumentedCommand } from "./documented-commands.ts";
import { SCRIPTS } from "./scripts.ts";
import { INSTALLING, type Trial } from "./trial.ts";

/** How a page's command is tried: here, by another test, or together with its page; or why it is not tried. */
export type How =
  | { readonly trial: Trial }
  | { readonly test: string }
  | { readonly page: true }
  | { readonly reason: string };

/** In these pages, blocks with a prompt are a tour, which a test runs word for word. */
const TOURS: Readonly<Record<string, string>> = {
  "README.md": "packages/system/test/tours.test.ts",
  "docs/tutorial/five-minutes.md": "packages/system/test/tours.test.ts",
  "docs/tutorial/first-job.md": "packages/system/test/browser/tutorial.test.ts",
  "docs/tutorial/fix-failures.md": "packages/system/test/browser/tutorial.test.ts",
};

/** Commands that need a running service: a page's commands are run together, in order. */
const OF_A_PAGE = /^(npx pnpm@12 )?millrace |^(curl|eval|tar|TOKEN=|URL=)/;

const NO_CREDENTIALS = /^cdktf: Cannot find out whose credentials these are/m;
const minutes = (script: string) => ({ reason: `takes minutes or more; ${script} is tried in a short form` });
const ENGINE = { reason: "needs a container engine, and registries" };
const TRAINING = {
  reason: "downloads hundreds of MB from PyPI, to make again what the repository has",
};

/** Commands that are neither an unchanged script of `package.json` nor part of a page with a service. */
const COMMANDS: readonly (readonly [string | RegExp, How])[] = [
  ["npx pnpm@12 install", { trial: { command: "npx pnpm@12 install", shows: INSTALLING } }],
  [
    "git pull && npx pnpm@12 install",
    { reason: "a clone of the check's has nothing to pull from; the rest is tried" },
  ],
  [
    "cd packages/core && ava",
    {
      trial: {
        command: `npx pnpm@12 install && export PATH="$PWD/node_modules/.bin:$PATH" && cd packages/core && ava test/job-status.test.ts`,
        shows: [...INSTALLING, /tests? passed/],
      },
    },
  ],
  ['export PATH="$PWD/node_modules/.bin:$PATH"', { reason: "tried with what follows it" }],
  ["npx pnpm@12 check core worker", minutes("check")],
  ["npx pnpm@12 check infra", minutes("check")],
  ["npx pnpm@12 check images", minutes("check")],
  [
    "npx pnpm@12 exec node scripts/terminal-picture.ts",
    {
      trial: {
        command:
          "npx pnpm@12 exec node scripts/terminal-picture.ts README.md && git diff --stat -- docs/images",
        shows: [...INSTALLING, /^wrote .*demo\.svg/m, /docs\/images\/demo\.svg/],
      },
    },
  ],
  [
    "cd packages/system && MILLRACE_UPDATE=1 ava test/browser/screenshots.test.ts",
    { test: "packages/system/test/browser/screenshots.test.ts" },
  ],
  [/^npx pnpm@12 bench ([a-z-]+ --rounds [135]|--quick|noop --publish)$/, minutes("bench")],
  [/^npx pnpm@12 bench (aws-requests|follow-logs|growth)$/, minutes("bench")],
  [/^npx pnpm@12 chaos --(seed (1\.\.50|7|1000)|storm)\b/, minutes("chaos")],
  ["npx pnpm@12 cdktf …", { reason: "stands for the commands of cdktf" }],
  ...["deploy", "destroy"].map((verb): readonly [string, How] => [
    `npx pnpm@12 cdktf ${verb} cluster`,
    {
      trial: {
        command: `npx pnpm@12 cdktf ${verb} cluster`,
        code: 78,
        shows: [...INSTALLING, /^\$ /m, ...INSTALLING, NO_CREDENTIALS],
      },
    },
  ]),
  ['npx pnpm@12 images:lock && git add images && git commit -m "Pin base images"', ENGINE],
  [/^npx pnpm@12 images:push --registry <account>\S+ --cluster <name>$/, ENGINE],
  [/^docker buildx build .*images\/control\/Dockerfile/, ENGINE],
  [/^(npm ci|npm install)$/, { reason: "is what a deploy runs in the user's project" }],
  [/^pip install (torch onnx onnxscript|scikit-learn skl2onnx) onnxruntime$/, TRAINING],
  [/^((systemctl|journalctl) --user|loginctl) /, { reason: "needs systemd, and starts with the machine" }],
  ["cd examples/image-classifier", TRAINING],
  ["python3 -m venv .venv", TRAINING],
  [/^\.venv\/bin\/(pip install -r train\/requirements\.txt|python train\/\S+)$/, TRAINING],
];

/** Those that are tried in a clone of their own. */
export const COMMAND_TRIALS: readonly Trial[] = COMMANDS.flatMap(([, how]) =>
  "trial" in how ? [how.trial] : [],
);

/** How a command is tried, or undefined if no entry matches. */
export function howTried({ page, text, kind }: DocumentedCommand): How | undefined {
  const tour = TOURS[page];
  if (tour !== undefined && kind === "console") return { test: tour };
  const [, script = "", args] = /^npx pnpm@12 (\S+)(?: (.*))?$/.exec(text) ?? [];
  const trial = SCRIPTS["."][script];
  const entry = COMMANDS.find(([pattern]) =>
    typeof pattern === "string" ? pattern === text : pattern.test(text),
  );
  if (entry !== undefined) return entry[1];
  if (trial !== undefined && (args === undefined || args === trial.args))
    return { test: "scripts/fresh-clone/test/scripts.test.ts" };
  return OF_A_PAGE.test(text) ? { page: true } : undefined;
}

/** Entries of the table that match no page. */
export function unusedEntries(commands: readonly DocumentedCommand[]): readonly string[] {
  const texts = new Set(commands.map(({ text }) => text));
  return COMMANDS.map(([pattern]) => pattern)
    .filter((pattern) =>
      typeof pattern === "string" ? !texts.has(pattern) : ![...texts].some((text) => pattern.test(text)),
    )
    .map(String);
}
