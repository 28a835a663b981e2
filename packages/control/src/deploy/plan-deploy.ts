import { type ApiVersion, MillraceError, projectVersion } from "@millrace/core";
import { apiSpecView, parseApiConfigs } from "@millrace/core/schemas";
import { readProject } from "./read-project.ts";

/** A deploy that was checked, and changed nothing yet. */
export interface DeployPlan {
  readonly api: ApiVersion;
  /** Lines for whoever deploys: what in the configuration does nothing. */
  readonly warnings: readonly string[];
}

/**
 * Reads an archive and makes of it the version that deploying it would give.
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
    const names = apis.map((api) => `"${api.name}"`).join(", ");
    throw new MillraceError(
      "invalid_config",
      `Cannot deploy API "${name}": "${configPath}" describes no such API, expected one of ${names}`,
      { details: { field: "name", file: configPath, apis: apis.map((api) => api.name) } },
    );
  }
  const version = projectVersion(project.files, apiSpecView(spec));
  return {
    api: { name, version, spec, createdAtMs: now() },
    warnings: warnings.map((warning) => warning.message),
  };
}
