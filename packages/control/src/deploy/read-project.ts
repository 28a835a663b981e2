import { createHash } from "node:crypto";
import { MillraceError, type ProjectFile } from "@millrace/core";
import { readArchive } from "@millrace/worker";

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
 *
 * @throws {MillraceError} invalid_archive, invalid_config
 */
export async function readProject(
  archivePath: string,
  options: { readonly configPath: string; readonly limitBytes: number; readonly signal?: AbortSignal },
): Promise<Project> {
  const { configPath, ...limits } = options;
  const files: ProjectFile[] = [];
  let config: Uint8Array | undefined;
  await readArchive(
    archivePath,
    {
      async directory() {},
      async file(path, { executable, content }) {
        const hash = createHash("sha256");
        const kept: Uint8Array[] = [];
        let bytes = 0;
        for await (const chunk of content) {
          hash.update(chunk);
          bytes += chunk.length;
          if (path === configPath && bytes <= CONFIG_LIMIT_BYTES) kept.push(Uint8Array.from(chunk));
        }
        files.push({ path, executable, sha256: hash.digest("hex") });
        if (path === configPath) config = checkSize(configPath, bytes) && Buffer.concat(kept);
      },
    },
    limits,
  );
  if (config === undefined) throw missing(configPath, files);
  return { files, configText: decode(configPath, config) };
}

function checkSize(path: string, bytes: number): true {
  if (bytes <= CONFIG_LIMIT_BYTES) return true;
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
      {
        cause,
      },
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
