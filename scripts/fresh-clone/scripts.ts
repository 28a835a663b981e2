import { INSTALLING, type Trial } from "./trial.ts";

/** Folders of the workspaces that are installed separately. */
export const WORKSPACES = [".", "infra", "docs"] as const;
export type Workspace = (typeof WORKSPACES)[number];

interface ScriptTrial extends Omit<Trial, "command" | "folder"> {
  /** Arguments after the script's name. */
  readonly args?: string;
}

/**
 * How each script of each `package.json` is tried: unchanged if that takes seconds, otherwise in the cheapest form in
 * which its own program starts and prints something, such as one check of many, one short run, or arguments that it
 * rejects.
 */
export const SCRIPTS: Readonly<Record<Workspace, Readonly<Record<string, ScriptTrial>>>> = {
  ".": {
    millrace: { args: "version", shows: [/^millrace \d/m] },
    "api:deploy": { args: "nowhere", code: 2, shows: [/^error: .*nowhere/m] },
    cdktf: { args: "synth", shows: [...INSTALLING, /Generated Terraform code for the stacks: cluster/] },
    // Building, pushing and locking need a container engine.
    "images:build": { args: "--engine none", code: 2, shows: [/Cannot use engine "none"/, /^Usage:/m] },
    "images:push": { code: 2, shows: [/Cannot push: expected --registry and --cluster/, /^Usage:/m] },
    "images:lock": { args: "--engine none", code: 2, shows: [/Cannot use engine "none"/, /^Usage:/m] },
    "images:check": { shows: [/^installing hadolint/m, /^images: 0 problems/m] },
    demo: { shows: [/^\$ millrace up/m, /^status +succeeded: 1797 of 1797 images/m] },
    "aws:emulate": {
      args: "--port 0",
      shows: [/^starting moto.*installed at the first start/m, /^Ctrl-C ends everything/m],
      until: /Ctrl-C ends everything/,
    },
    check: { args: "static", shows: [/^== format and lint/m, /^== installation of ruff/m, /, 0 failed/] },
    // Running all tests would include this one.
    test: { args: "links", shows: [/^== tests of links/m, /^\d+ passed, 0 failed/m] },
    format: { shows: [/^Checked \d+ files/m] },
    lint: { shows: [/^Checked \d+ files/m] },
    types: { shows: [/tsc --noEmit -p packages/] },
    boundaries: { shows: [/^boundaries: \d+ files, 0 problems/m] },
    "docs:generate": { shows: [/^0 files written/m] },
    "docs:site": { shows: [...INSTALLING, /^build complete/m] },
    "docs:serve": {
      args: "--port 0",
      shows: [...INSTALLING, /^build complete/m, /^Built site served at/m],
      until: /Built site served at/,
    },
    // All cases take half an hour, and other cases install their peers.
    bench: { args: "latency --quick", shows: [/^latency \(load/m, /submit -> first predict/] },
    chaos: {
      args: "--seed 1 --faults 2 --backend local --kinds kill-worker",
      shows: [/^1 runs of 2 faults/m, /^1 passed, 0 failed/m],
    },
  },
  // Installs both workspaces: the folder's and the root's.
  infra: {
    cdktf: { args: "synth", shows: [...INSTALLING, /Generated Terraform code for the stacks: cluster/] },
    test: { args: "test/config/parse-cluster.test.ts", shows: [...INSTALLING, /tests? passed/] },
  },
  docs: {
    build: { shows: [/^build complete/m] },
    serve: { args: "--port 0", shows: [/^Built site served at/m], until: /Built site served at/ },
    dev: { args: "--port 0", shows: [/vitepress v/], until: /Local:/ },
  },
};

/** The trial for a script: pnpm installs visibly, then the script prints what it does. */
export function scriptTrial(workspace: Workspace, script: string): Trial | undefined {
  const trial = SCRIPTS[workspace][script];
  if (trial === undefined) return undefined;
  const { args, shows, ...rest } = trial;
  const command = `npx pnpm@12 ${script}${args === undefined ? "" : ` ${args}`}`;
  return { command, folder: workspace, shows: [...INSTALLING, /^\$ /m, ...shows], ...rest };
}
