import { createHash } from "node:crypto";
import { readArchive } from "@millrace/archive";
import { MillraceError, type ProjectFile } from "@millrace/core";

/** A larger configuration is a mistake and would only waste memory. */
const CONFIG_LIMIT_BYTES = 1024 * 1024;

/** What the service needs to know about a project archive. */
export interface Project {
  readonly files: readonly ProjectFile[];
  /** Text of the configuration file. */
  readonly configText: string;
}

/**
 * Reads a project archive once: the hash of each file, and the text of its configuration. Nothing is written.
 *
 * @throws {MillraceError} invalid_archive, invalid_config; the signal's reason
 */
export async function readProject(
  archivePath: string,
  options: {
    readonly configPath: string;
    readonly limitBytes: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Project> {
  const { configPath, limitBytes, signal } = options;
  const files: ProjectFile[] = [];
  let configText: string | undefined;
  for await (const entry of readArchive(archivePath, { limitBytes, signal })) {
    if (entry.kind === "directory") continue;
    const { path, executable, sizeBytes, content } = entry;
    const isConfig = path === configPath;
    if (isConfig) checkConfigSize(path, sizeBytes);
    const hash = createHash("sha256");
    const kept: Buffer[] = [];
    for await (const chunk of content) {
      hash.update(chunk);
      if (isConfig) kept.push(chunk);
    }
    files.push({ path, executable, sha256: hash.digest("hex") });
    if (isConfig) configText = decode(path, Buffer.concat(kept));
  }
  if (configText === undefined) throw missing(configPath, files);
  return { files, configText };
}

function checkConfigSize(path: string, bytes: number): void {
  if (bytes <= CONFIG_LIMIT_BYTES) return;
  throw new MillraceError(
    "invalid_config",
    `Cannot read "${path}": ${bytes} bytes, expected a configuration of at most ${CONFIG_LIMIT_BYTES}`,
  );
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MillraceError(
      "invalid_config",
      `Cannot read "${path}": invalid UTF-8, expected YAML in UTF-8`,
      { cause },
    );
  }
}

function missing(path: string, files: readonly ProjectFile[]): MillraceError {
  const yaml = files.filter((file) => /\.ya?ml$/.test(file.path)).map((file) => file.path);
  const found = yaml.length === 0 ? "it holds no YAML file" : `it holds ${yaml.slice(0, 5).join(", ")}`;
  return new MillraceError(
    "invalid_archive",
    `Cannot find the configuration "${path}" in the archive: ${found}; name it with ?config=<path>`,
    { details: { field: "config" } },
  );
}
