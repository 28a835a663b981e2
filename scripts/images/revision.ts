import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import type { Context } from "./context.ts";
import { run } from "./run-command.ts";

const DIRTY = "-dirty";
/** What images are made of: changes to a cluster's configuration or to a document do not affect them. */
const SOURCES = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "packages", "images"];

/** Identifies the sources, for tags and labels. */
export interface Revision {
  /** `<version of package.json>-<12 digits of the commit>`, with `-dirty` when sources differ from the commit. */
  readonly tag: string;
  /** The full commit hash; undefined outside a git checkout, and when sources differ from the commit. */
  readonly commit: string | undefined;
}

/** Checks that ECR accepts a tag. @throws {MillraceError} invalid_request */
export function checkTag(tag: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(tag)) return tag;
  throw new MillraceError(
    "invalid_request",
    `Cannot use tag "${tag}": expected at most 128 letters, digits, "_", "." and "-", the first a letter, a digit or "_"`,
  );
}

export function isDirty(tag: string): boolean {
  return tag.endsWith(DIRTY);
}

/**
 * The working tree's revision; a given tag replaces the derived one. @throws {MillraceError} unavailable without git
 * and tag
 */
export async function revision(context: Context, givenTag?: string): Promise<Revision> {
  const commit = await git(["rev-parse", "HEAD"], context);
  if (commit === undefined) {
    if (givenTag !== undefined) return { tag: givenTag, commit };
    throw new MillraceError(
      "unavailable",
      "Cannot name the images: git tells no commit, expected a checkout; give --tag",
    );
  }
  const clean = (await git(["status", "--porcelain", "--", ...SOURCES], context)) === "";
  const { version } = JSON.parse(await readFile(join(context.root, "package.json"), "utf8"));
  return {
    tag: givenTag ?? `${version}-${commit.slice(0, 12)}${clean ? "" : DIRTY}`,
    commit: clean ? commit : undefined,
  };
}

/** git's output; undefined when it fails or is missing. */
async function git(args: readonly string[], { root, env }: Context): Promise<string | undefined> {
  return run(["git", ...args], { cwd: root, env }).catch(() => undefined);
}
