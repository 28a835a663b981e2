import { createHash } from "node:crypto";
import { MillraceError, type ProjectFile } from "@millrace/core";
import type { ReadEntry } from "tar";
import { readTarGz } from "./read-tar-gz.ts";

/** A configuration larger than this is a mistake, and would only cost memory. */
const CONFIG_LIMIT_BYTES = 1024 * 1024;

/** What the service needs to know about a project's archive. */
export interface Project {
  readonly files: readonly ProjectFile[];
  /** Text of the configuration file. */
  readonly configText: string;
}

/**
 * Reads a project's archive once: the hash of each file, and the text of its configuration.
 * Nothing is written; what may be unpacked, and where to, is checked by the preparation of the version.
 *
 * @throws {MillraceError} invalid_archive, invalid_config
 */
export async function readProject(
  archivePath: string,
  options: { readonly configPath: string; readonly limitBytes: number },
): Promise<Project> {
  const { configPath, limitBytes } = options;
  const files: ProjectFile[] = [];
  const config: Buffer[] = [];
  let configBytes: number | undefined;
  await readTarGz(archivePath, limitBytes, (entry) => {
    if (entry.type === "Directory") return entry.resume();
    const path = cleanPath(entry);
    const executable = ((entry.mode ?? 0) & 0o100) !== 0;
    const hash = createHash("sha256");
    if (path === configPath) configBytes = entry.size;
    entry.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      if (path === configPath && entry.size <= CONFIG_LIMIT_BYTES) config.push(Buffer.from(chunk));
    });
    entry.on("end", () => files.push({ path, executable, sha256: hash.digest("hex") }));
  });
  if (configBytes === undefined) throw missing(configPath, files);
  if (configBytes > CONFIG_LIMIT_BYTES) {
    throw new MillraceError(
      "invalid_config",
      `Cannot read "${configPath}": ${configBytes} bytes, expected a configuration of at most ${CONFIG_LIMIT_BYTES}`,
    );
  }
  return { files, configText: decode(configPath, Buffer.concat(config)) };
}

/** Relative, with forward slashes, without `./`. */
function cleanPath(entry: ReadEntry): string {
  if (entry.type === "File" || entry.type === "OldFile" || entry.type === "ContiguousFile") {
    return entry.path
      .split("/")
      .filter((segment) => segment !== "" && segment !== ".")
      .join("/");
  }
  throw new MillraceError(
    "invalid_archive",
    `Cannot take ${JSON.stringify(entry.path.slice(0, 200))}: its kind is ${entry.type}, expected plain files and directories`,
    { details: { entry: entry.path.slice(0, 1_024) } },
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
