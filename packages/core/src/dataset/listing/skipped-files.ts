import { MillraceError } from "../../errors.ts";
import type { UnreadableEntry } from "../../ports/object-store.ts";

/** Files beyond this are counted but not kept. */
const KEPT = 20;

/** A file that could not be read, as users see it. */
export interface UnreadableFile {
  readonly file: string;
  readonly reason: string;
}

/** What a listing skipped, for the user. Plain data. */
export interface SkippedFiles {
  hiddenFiles: number;
  /** Files inside them are not counted. */
  hiddenDirectories: number;
  /** Manifests of job outputs. */
  manifests: number;
  unreadable: number;
  /** The first of them. */
  readonly unreadableFiles: UnreadableFile[];
  /** Paths of the submission that match nothing. */
  readonly emptyPaths: string[];
}

export function nothingSkipped(): SkippedFiles {
  return {
    hiddenFiles: 0,
    hiddenDirectories: 0,
    manifests: 0,
    unreadable: 0,
    unreadableFiles: [],
    emptyPaths: [],
  };
}

export function noteUnreadable(skipped: SkippedFiles, file: UnreadableFile): void {
  skipped.unreadable += 1;
  if (skipped.unreadableFiles.length < KEPT) skipped.unreadableFiles.push(file);
}

/** What was skipped, in words, such as `2 hidden files and 1 unreadable one`; undefined when nothing was skipped. */
export function skippedText(skipped: SkippedFiles): string | undefined {
  const { hiddenFiles, hiddenDirectories, manifests, unreadable } = skipped;
  const counts: readonly (readonly [number, string, string])[] = [
    [hiddenFiles, "hidden file", "hidden files"],
    [hiddenDirectories, "hidden directory", "hidden directories"],
    [manifests, "manifest of a job's output", "manifests of jobs' outputs"],
    [unreadable, "unreadable entry", "unreadable entries"],
  ];
  const parts = counts.flatMap(([count, one, many]) =>
    count > 0 ? [`${count} ${count === 1 ? one : many}`] : [],
  );
  if (parts.length === 0) return undefined;
  return parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** The error for an unreadable entry that must not be skipped. */
export function unreadableEntry({ uri, reason }: Pick<UnreadableEntry, "uri" | "reason">): MillraceError {
  return new MillraceError(
    "object_unreadable",
    `Cannot list "${uri}": it ${reason}; make it readable, leave it out with "excludes", or skip such entries with "skip_unreadable": true`,
    { details: { uri } },
  );
}
