import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { DEFAULTS } from "@millrace/core";
import { formatBytes, formatCount } from "../format.ts";
import { UserError } from "../user-error.ts";
import { type IsIgnored, ignoreRules } from "./ignore-rules.ts";

/** A project file to pack. */
export interface ListedFile {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly sizeBytes: number;
}

export interface ListOptions {
  /** Path of a file that is packed regardless of the rules: the configuration. */
  readonly always: string;
  /** @default DEFAULTS.archiveLimitBytes */
  readonly limitBytes?: number | undefined;
  /** @default DEFAULTS.archiveLimitFiles */
  readonly limitFiles?: number | undefined;
}

const SHOWN_BIGGEST = 5;

/** The files of a project, sorted by path. @throws {UserError} for links that point outside, and above the limits */
export async function listProjectFiles(
  projectDir: string,
  options: ListOptions,
): Promise<readonly ListedFile[]> {
  const root = await realpath(projectDir);
  const walk: Walk = {
    root,
    isIgnored: await ignoreRules(root),
    always: options.always,
    limitFiles: options.limitFiles ?? DEFAULTS.archiveLimitFiles,
    files: [],
  };
  await visit("", walk);
  checkSize(walk.files, options.limitBytes ?? DEFAULTS.archiveLimitBytes);
  return walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Walk {
  readonly root: string;
  readonly isIgnored: IsIgnored;
  readonly always: string;
  readonly limitFiles: number;
  readonly files: ListedFile[];
}

async function visit(directory: string, walk: Walk): Promise<void> {
  for (const entry of await readdir(join(walk.root, directory), { withFileTypes: true })) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!walk.isIgnored(`${path}/`)) await visit(path, walk);
      continue;
    }
    if (path !== walk.always && walk.isIgnored(path)) continue;
    if (entry.isSymbolicLink()) await checkLink(path, walk);
    else if (!entry.isFile()) throw refused(path, "it is neither a file nor a directory");
    const { size } = await stat(join(walk.root, path));
    walk.files.push({ path, sizeBytes: size });
    if (walk.files.length > walk.limitFiles) {
      throw new UserError(
        `Cannot pack "${walk.root}": it has over ${formatCount(walk.limitFiles)} files, expected at most that many`,
        { hint: "leave out what the predictor does not need with a .millraceignore file" },
      );
    }
  }
}

/** A link to a file in the project is packed as that file. Other targets might be missing or different elsewhere. */
async function checkLink(path: string, walk: Walk): Promise<void> {
  const target = await realpath(join(walk.root, path)).catch(() => undefined);
  if (target === undefined) throw refused(path, "it is a broken link");
  if (!target.startsWith(walk.root + sep))
    throw refused(path, `it is a link out of the project, to "${target}"`);
  if (!(await stat(target)).isFile()) throw refused(path, "it is a link to a directory");
}

function refused(path: string, why: string): UserError {
  return new UserError(`Cannot pack "${path}": ${why}, expected a file`, {
    hint: `put a copy in its place, or leave it out with a line "/${path}" in .millraceignore`,
  });
}

function checkSize(files: readonly ListedFile[], limitBytes: number): void {
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (totalBytes <= limitBytes) return;
  const biggest = files
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, SHOWN_BIGGEST)
    .map(({ path, sizeBytes }) => `${path} (${formatBytes(sizeBytes)})`);
  throw new UserError(
    `Cannot pack the project: ${formatBytes(totalBytes)}, expected at most ${formatBytes(limitBytes)}; the biggest files: ${biggest.join(", ")}`,
    {
      hint: "leave out datasets and everything else that the predictor does not need with a .millraceignore file",
    },
  );
}
