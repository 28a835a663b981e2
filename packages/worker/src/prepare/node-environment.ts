import { copyFile, lstat, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import {
  dependencyRanges,
  environmentKey,
  isPortable,
  machineName,
  type PackageJson,
  readProjectFile,
} from "./dependency-files.ts";
import { cachedEnvironment } from "./environment-cache.ts";
import { findCommand } from "./find-command.ts";
import type { InstallContext, Installed } from "./install-context.ts";
import { runStep, type StepCommand } from "./run-step.ts";

/** Files that an installer reads; copied to where a shared installation is built. */
const FILES = [
  "package.json",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  ".npmrc",
] as const;

/** Used to run pnpm where it is not installed. */
const PNPM_PACKAGE = "pnpm@12";

/** The packages of a TypeScript predictor, in the project's `node_modules` (a link if versions share them). */
export async function nodeEnvironment(context: InstallContext): Promise<Installed> {
  const { projectDir } = context;
  const text = await readProjectFile(projectDir, "package.json");
  const packageJson = parsePackageJson(text);
  const modules = join(projectDir, "node_modules");
  const installed = { env: {}, binDirs: [join(modules, ".bin")] };
  if (packageJson === undefined || dependencyRanges(packageJson).length === 0) return installed;
  const files = await readFiles(projectDir);
  const step = await installCommand(files, context);
  const lock = files.get("package-lock.json") ?? files.get("pnpm-lock.yaml") ?? "";
  if (
    !isPortable(packageJson) ||
    /("link": true|"resolved": "file:|link:|file:|patchedDependencies)/.test(lock)
  ) {
    // It reads other files of the project, so it is installed in the project, for this version only.
    await rm(modules, { recursive: true, force: true });
    await runStep(step, context.stepContext());
    return installed;
  }
  const runtime = "Deno" in globalThis ? "deno" : "node";
  const parts = [
    runtime,
    process.versions.node,
    process.versions.modules ?? "",
    machineName(),
    step.args.join(" "),
  ];
  const key = environmentKey("node", [...parts, ...[...files].flat()]);
  const dir = await cachedEnvironment({ ...context, root: context.sharedRoot, key }, async (install) => {
    for (const name of files.keys()) await copyFile(join(projectDir, name), join(install, name));
    await runStep(step, { ...context.stepContext(), cwd: install });
  });
  await linkModules(join(dir, "node_modules"), modules);
  return installed;
}

function parsePackageJson(text: string | undefined): PackageJson | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as PackageJson;
  } catch {
    // Reported below.
  }
  throw new MillraceError(
    "dependencies_failed",
    "Cannot install dependencies: package.json is not JSON, expected an object",
    {
      details: { step: "package.json" },
    },
  );
}

async function readFiles(projectDir: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of FILES) {
    const text = await readProjectFile(projectDir, name);
    if (text !== undefined) files.set(name, text);
  }
  return files;
}

async function installCommand(
  files: ReadonlyMap<string, string>,
  context: InstallContext,
): Promise<StepCommand> {
  const missing = "install Node.js 24 with npm";
  if (files.has("package-lock.json") || files.has("npm-shrinkwrap.json")) {
    return { step: "npm ci", command: "npm", args: ["ci", "--no-audit", "--no-fund"], missing };
  }
  if (!files.has("pnpm-lock.yaml")) {
    return { step: "npm install", command: "npm", args: ["install", "--no-audit", "--no-fund"], missing };
  }
  // The home may be inside another pnpm workspace, which would be installed instead.
  const alone = files.has("pnpm-workspace.yaml") ? [] : ["--ignore-workspace"];
  const args = ["install", "--frozen-lockfile", ...alone];
  const found = await findCommand(["pnpm"], context.stepContext().env);
  if (found !== undefined) return { step: "pnpm install", command: found, args, missing };
  return { step: "pnpm install", command: "npx", args: ["-y", PNPM_PACKAGE, ...args], missing };
}

/** Atomically points the project's `node_modules` to the installation: workers may be running in it. */
async function linkModules(target: string, link: string): Promise<void> {
  const present = await lstat(link).catch(() => undefined);
  if (present?.isDirectory()) await rm(link, { recursive: true, force: true });
  const aside = `${link}.${process.pid}`;
  await rm(aside, { force: true });
  await symlink(target, aside, "dir");
  await rename(aside, link);
}
