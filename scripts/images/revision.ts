import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import type { Context } from "./context.ts";
import { tryRun } from "./run-command.ts";

const DIRTY = "-dirty";

/** What the sources are: for tags and labels. */
export interface Revision {
  /** `<version of package.json>-<12 digits of the commit>`, with `-dirty` when files differ from the commit. */
  readonly tag: string;
  /** The whole commit; undefined outside a git checkout, and when files differ from it. */
  readonly commit: string | undefined;
}

/** Tags in ECR: @throws {MillraceError} invalid_request */
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

/** What the working tree is; a given tag stands for the one it would have. @throws {MillraceError} unavailable without git */
export async function revision(context: Context, givenTag?: string): Promise<Revision> {
  const options = { cwd: context.root, env: context.env };
  const head = await tryRun(["git", "rev-parse", "HEAD"], options);
  if (head.code !== 0) {
    if (givenTag !== undefined) return { tag: givenTag, commit: undefined };
    throw new MillraceError(
      "unavailable",
      "Cannot name the images: no git checkout with a commit, expected one; give --tag",
    );
  }
  const commit = head.stdout.trim();
  const changes = await tryRun(["git", "status", "--porcelain"], options);
  const clean = changes.code === 0 && changes.stdout === "";
  const { version } = JSON.parse(await readFile(join(context.root, "package.json"), "utf8"));
  return {
    tag: givenTag ?? `${version}-${commit.slice(0, 12)}${clean ? "" : DIRTY}`,
    commit: clean ? commit : undefined,
  };
}
