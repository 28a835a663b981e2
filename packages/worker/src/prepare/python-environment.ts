import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { MillraceError } from "@millrace/core";
import {
  environmentKey,
  isSelfContained,
  machineName,
  readProjectFile,
  requirementLines,
} from "./dependency-files.ts";
import { cachedEnvironment } from "./environment-cache.ts";
import { findCommand } from "./find-command.ts";
import type { InstallContext, Installed } from "./install-context.ts";
import { runStep } from "./run-step.ts";

const CONDA = ["mamba", "conda", "micromamba"] as const;
const PIP_ENV = { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1", PYTHONUNBUFFERED: "1" };
const MISSING_PYTHON = "install Python 3.9 or newer with its venv module";

/**
 * The interpreter of a Python predictor, with its conda and pip packages. If there is nothing to install, this is the
 * machine's own `python3`. With a shell script there is always a venv, so that a `pip install` in it has a target.
 */
export async function pythonEnvironment(context: InstallContext): Promise<Installed> {
  const { pip, conda, shell } = context.spec.predictor.dependencies;
  const requirements = await readProjectFile(context.projectDir, pip);
  const condaPackages = await readProjectFile(context.projectDir, conda);
  const script = await readProjectFile(context.projectDir, shell);
  const lines = requirementLines(requirements ?? "");
  if (condaPackages === undefined && script === undefined && lines.length === 0) {
    return { python: "python3", env: {}, binDirs: [] };
  }
  const condaCommand = condaPackages === undefined ? undefined : await requireConda(conda, context);
  const shared = script === undefined && isSelfContained(lines);
  const key = environmentKey("python", [
    await pythonName(context),
    machineName(),
    condaPackages ?? "",
    condaCommand ?? "",
    lines.join("\n"),
    script ?? "",
  ]);
  const dir = await cachedEnvironment(
    // A script may install outside the environment, and an archive of it would then be incomplete.
    shared
      ? { ...context, root: context.sharedRoot, key }
      : { ...context, root: context.ownRoot, key, archive: undefined },
    (install) =>
      buildEnvironment(install, {
        context,
        condaCommand,
        hasRequirements: lines.length > 0,
        hasScript: script !== undefined,
      }),
  );
  return located(join(dir, "python"), condaCommand !== undefined);
}

interface Build {
  readonly context: InstallContext;
  readonly condaCommand: string | undefined;
  readonly hasRequirements: boolean;
  readonly hasScript: boolean;
}

async function buildEnvironment(install: string, build: Build): Promise<void> {
  const { context, condaCommand } = build;
  const { pip, conda, shell } = context.spec.predictor.dependencies;
  const prefix = join(install, "python");
  const python = join(prefix, "bin", "python");
  const placed = located(prefix, condaCommand !== undefined);
  const inside = context.stepContext({ ...placed.env, ...PIP_ENV }, placed.binDirs);
  if (condaCommand === undefined) {
    await runStep(
      { step: "venv", command: "python3", args: ["-m", "venv", prefix], missing: MISSING_PYTHON },
      context.stepContext(),
    );
  }
  // Cortex's order: the script, conda, pip. With conda there is no prefix yet when the script runs.
  if (build.hasScript) {
    const scriptContext = condaCommand === undefined ? inside : context.stepContext();
    await runStep(
      { step: shell, command: "bash", args: [`./${shell}`], umask: context.umask, missing: "install bash" },
      scriptContext,
    );
  }
  if (condaCommand !== undefined) {
    await rm(prefix, { recursive: true, force: true });
    const args = ["create", "--yes", "--prefix", prefix, "--file", conda, "python", "pip"];
    await runStep(
      { step: conda, command: condaCommand, args, missing: `install ${condaCommand}` },
      context.stepContext(),
    );
  }
  if (build.hasRequirements) {
    const args = ["-m", "pip", "install", "--progress-bar", "off", "-r", pip];
    await runStep({ step: pip, command: python, args, missing: MISSING_PYTHON }, inside);
  }
}

function located(prefix: string, isConda: boolean): Installed {
  const bin = join(prefix, "bin");
  const env = isConda ? { CONDA_PREFIX: prefix } : { VIRTUAL_ENV: prefix };
  return { python: join(bin, "python"), env, binDirs: [bin] };
}

async function requireConda(file: string, context: InstallContext): Promise<string> {
  const found = await findCommand(CONDA, context.stepContext().env);
  if (found !== undefined) return found;
  throw new MillraceError(
    "dependencies_failed",
    `Cannot install dependencies: ${file} needs conda, and none of ${CONDA.join(", ")} is on PATH; ` +
      "install Miniforge or micromamba, or list the packages in requirements.txt instead",
    { details: { step: file } },
  );
}

/** Version, location and machine of `python3`. @throws {MillraceError} dependencies_failed when there is none */
async function pythonName(context: InstallContext): Promise<string> {
  const code = "import sys, platform; print(sys.version, sys.base_prefix, platform.machine())";
  try {
    const { stdout } = await promisify(execFile)("python3", ["-c", code], { env: context.stepContext().env });
    return stdout.trim();
  } catch (cause) {
    throw new MillraceError(
      "dependencies_failed",
      `Cannot install dependencies: python3 does not run; ${MISSING_PYTHON}`,
      {
        details: { step: "venv" },
        cause,
      },
    );
  }
}
