import { type ApiVersion, MillraceError, projectVersion } from "@millrace/core";
import { apiSpecView, parseApiConfigs } from "@millrace/core/schemas";
import { readProject } from "./read-project.ts";

/** A deploy that has been checked and has not changed anything yet. */
export interface DeployPlan {
  readonly api: ApiVersion;
  /** Lines for the user who deploys: configuration that has no effect. */
  readonly warnings: readonly string[];
}

/**
 * Reads an archive and builds the version that deploying it would create.
 *
 * @throws {MillraceError} invalid_archive, invalid_config with the positions of all mistakes; the signal's reason
 */
export async function planDeploy(
  archivePath: string,
  options: {
    readonly name: string;
    readonly configPath: string;
    readonly limitBytes: number;
    readonly signal: AbortSignal;
    readonly now: () => number;
  },
): Promise<DeployPlan> {
  const { name, configPath, now } = options;
  const project = await readProject(archivePath, options);
  const { apis, warnings } = parseApiConfigs(project.configText, { file: configPath });
  const spec = apis.find((api) => api.name === name);
  if (!spec) {
    const names = apis.map((api) => api.name);
    throw notDescribed(name, { configPath, names });
  }
  const version = projectVersion(project.files, apiSpecView(spec));
  return {
    api: { name, version, spec, createdAtMs: now() },
    warnings: warnings.map((warning) => warning.message),
  };
}

/** @param found what the file contains instead */
export function notDescribed(
  name: string,
  found: { readonly configPath: string; readonly names: readonly string[] },
): MillraceError {
  const { configPath, names } = found;
  const expected = names.map((known) => `"${known}"`).join(", ");
  return new MillraceError(
    "invalid_config",
    `Cannot deploy API "${name}": "${configPath}" describes no such API, expected one of ${expected}`,
    { details: { field: "name", file: configPath, apis: names } },
  );
}
