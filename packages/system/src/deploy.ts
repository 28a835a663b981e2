import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packProject } from "@millrace/cli";
import type { Platform } from "./platform.ts";

/** A project as a map from path to content. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** Creates a directory and writes files into it. */
export async function writeFiles(directory: string, files: ProjectFiles): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

/** Packs a project as the CLI does. */
export async function packFiles(platform: Platform, files: ProjectFiles): Promise<Uint8Array<ArrayBuffer>> {
  const project = await mkdtemp(join(platform.files, "project-"));
  const archivePath = `${project}.tar.gz`;
  try {
    await writeFiles(project, files);
    await packProject(project, { archivePath, always: "millrace.yaml" });
    return new Uint8Array(await readFile(archivePath));
  } finally {
    await rm(project, { recursive: true, force: true });
    await rm(archivePath, { force: true });
  }
}

/**
 * Packs and deploys a project as the CLI does. @returns the new version. @throws the problem that the service reported
 */
export async function deploy(platform: Platform, name: string, files: ProjectFiles): Promise<string> {
  const archive = await packFiles(platform, files);
  const output: string[] = [];
  for await (const event of platform.client.deploy(name, archive, { config: "millrace.yaml" })) {
    if (event.type === "deployed") return event.api.api_id;
    if (event.type === "error") throw new Error([event.problem.detail, ...output].join("\n"));
    output.push(event.text);
  }
  throw new Error("The deploy ended without a last word");
}

export interface PredictorOptions {
  /** Further fields of `predictor:`. */
  readonly predictor?: Readonly<Record<string, unknown>>;
  /** Lines under `compute:`. */
  readonly compute?: Readonly<Record<string, string | number>>;
  /** Lines under `output:`. */
  readonly output?: Readonly<Record<string, string | number>>;
  /** Lines under `job_defaults:`. */
  readonly jobDefaults?: Readonly<Record<string, string | number>>;
  /** More files of the project. */
  readonly files?: ProjectFiles;
}

/** Deploys a Python predictor, given as the module's text. */
export function deployPython(
  platform: Platform,
  name: string,
  source: string,
  options: PredictorOptions = {},
): Promise<string> {
  return deploy(platform, name, {
    "millrace.yaml": config(name, { ...options, type: "python", path: "predictor.py" }),
    "predictor.py": source,
    ...options.files,
  });
}

/** Deploys a TypeScript predictor, given as the module's text. */
export function deployTypeScript(
  platform: Platform,
  name: string,
  source: string,
  options: PredictorOptions = {},
): Promise<string> {
  return deploy(platform, name, {
    "millrace.yaml": config(name, { ...options, type: "typescript", path: "predictor.ts" }),
    "predictor.ts": source,
    ...options.files,
  });
}

/** Uses little CPU, so that several workers run on any machine. */
function config(name: string, options: PredictorOptions & { readonly type: string; readonly path: string }) {
  const section = (values: Readonly<Record<string, unknown>>) =>
    `{ ${Object.entries(values)
      .map(([key, value]) => `${key}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
      .join(", ")} }`;
  const { type, path, predictor, compute, jobDefaults, output } = options;
  return [
    `- name: ${name}`,
    "  kind: BatchAPI",
    `  predictor: ${section({ type, path, ...predictor })}`,
    `  compute: ${section({ cpu: 0.1, ...compute })}`,
    ...(jobDefaults ? [`  job_defaults: ${section(jobDefaults)}`] : []),
    ...(output ? [`  output: ${section(output)}`] : []),
    "",
  ].join("\n");
}
