import { execFile } from "node:child_process";
import { copyFile, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "..", "..");
const WHO = { name: "fresh clone", email: "fresh-clone@example.com" };

const run = promisify(execFile);
let snapshot: Promise<string> | undefined;

/** A directory that is as if it had just been cloned. */
export interface Clone {
  readonly directory: string;
  remove(): Promise<void>;
}

/**
 * Makes a repository of one commit, which holds this work tree as it is now: uncommitted changes and new files too, but
 * nothing that git ignores, so nothing that is installed. It lies outside of this work tree, whose `node_modules` programs
 * below it would find.
 */
export async function freshClone(): Promise<Clone> {
  snapshot ??= takeSnapshot();
  const commit = await snapshot;
  const directory = await realpath(await mkdtemp(join(tmpdir(), "millrace-clone-")));
  await git(directory, "init", "--quiet", "--initial-branch", "main");
  // Objects are read from where they are: a copy of all of them would only take time.
  const objects = await git(ROOT, "rev-parse", "--path-format=absolute", "--git-path", "objects");
  await writeFile(join(directory, ".git", "objects", "info", "alternates"), `${objects}\n`);
  await git(directory, "reset", "--quiet", "--hard", commit);
  return { directory, remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }) };
}

/** The commit, made by an index of its own, so that what is staged here stays as it is. */
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

/** Runs git, and gives back what it printed. */
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
