import { readProjectFile } from "./dependency-files.ts";
import type { InstallContext, Installed } from "./install-context.ts";
import { nodeEnvironment } from "./node-environment.ts";
import { pythonEnvironment } from "./python-environment.ts";
import { runStep } from "./run-step.ts";

/**
 * Installs the dependencies for the predictor's language: for Python the shell script, conda and pip, in Cortex's
 * order; for TypeScript the shell script and then the packages of `package.json`.
 *
 * @throws {MillraceError} dependencies_failed with the step, exit code and last lines
 */
export async function installDependencies(context: InstallContext): Promise<Installed> {
  if (context.spec.predictor.type === "python") return pythonEnvironment(context);
  const { shell } = context.spec.predictor.dependencies;
  if ((await readProjectFile(context.projectDir, shell)) !== undefined) {
    await runStep(
      { step: shell, command: "bash", args: [`./${shell}`], umask: context.umask, missing: "install bash" },
      context.stepContext(),
    );
  }
  return nodeEnvironment(context);
}
