import { execFile } from "node:child_process";
import { copyFile, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "..", "..");
const WHO = { name: "fresh clone", email: "fresh-clone@example.com" };

const run = promisify(execFile);
let snapshot: Promise<string> | undefined;

/** A directory in the state of a fresh clone. */
export interface Clone {
  readonly directory: string;
  remove(): Promise<void>;
}

/**
 * Makes a repository with one commit that contains this work tree's current state, including uncommitted changes and
 * new files but nothing that git ignores, so nothing installed. It is outside this work tree: below it, programs would
 * find this one's `node_modules`.
 */
export async function freshClone(): Promise<Clone> {
  snapshot ??= takeSnapshot();
  const commit = await snapshot;
  const directory = await realpath(await mkdtemp(join(tmpdir(), "millrace-clone-")));
  await git(directory, "init", "--quiet", "--initial-branch", "main");
  // Reads objects from their original place: copying them all would only take time.
  const objects = await git(ROOT, "rev-parse", "--path-format=absolute", "--git-path", "objects");
  await writeFile(join(directory, ".git", "objects", "info", "alternates"), `${objects}\n`);
  await git(directory, "reset", "--quiet", "--hard", commit);
  return { directory, remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Makes the commit with a separate index, so that what is staged here stays unchanged. */
async function takeSnapshot(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-index-"));
  try {
    const index = join(directory, "index");
    await copyFile(await git(ROOT, "rev-parse", "--path-format=absolute", "--git-path", "index"), index);
    const env = { ...process.env, GIT_INDEX_FILE: index };
    await run("git", ["add", "--all"], { cwd: ROOT, env });
    const { stdout: tree } = await run("git", ["write-tree"], { cwd: ROOT, env });
    return await git(ROOT, "commit-tree", "-m", "the work tree", tree.trim());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs git and returns its output. */
async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    GIT_AUTHOR_NAME: WHO.name,
    GIT_AUTHOR_EMAIL: WHO.email,
    GIT_COMMITTER_NAME: WHO.name,
    GIT_COMMITTER_EMAIL: WHO.email,
  };
  const { stdout } = await run("git", [...args], { cwd, env });
  return stdout.trim();
}
