import {
  noteUnreadable,
  nothingSkipped,
  type SkippedFiles,
  skippedText,
  type UnreadableFile,
} from "@millrace/core";

/** Files that are named for one warning; the others are counted. */
const NAMED_FILES = 5;
/** Different warnings that are told; the others are counted. */
const MAX_WARNINGS = 50;

/** What the user should know of a job's input, as lines for its log: each thing once, and of many files the first. */
export class InputNotes {
  /** By text, how many files it was said of. */
  readonly #warned = new Map<string, number>();
  #skipped = nothingSkipped();
  #otherWarnings = 0;
  #lines: string[] = [];

  /** A file is read all the same: `text` says what about it, without its name. */
  warn(file: string, text: string): void {
    const files = this.#warned.get(text) ?? 0;
    if (files === 0 && this.#warned.size >= MAX_WARNINGS) {
      this.#otherWarnings += 1;
      return;
    }
    this.#warned.set(text, files + 1);
    if (files < NAMED_FILES) this.#lines.push(`"${file}": ${text}`);
  }

  /** What the listing left out. `isTold` is true when an earlier life of the enqueuer has written the lines. */
  listed(skipped: SkippedFiles, { isTold }: { readonly isTold: boolean }): void {
    this.#skipped = skipped;
    if (isTold) return;
    for (const path of skipped.emptyPaths) this.#lines.push(`Nothing starts with "${path}"`);
    for (const file of skipped.unreadableFiles) this.#lines.push(skippedLine(file));
    const unnamed = skipped.unreadable - skipped.unreadableFiles.length;
    if (unnamed > 0) this.#lines.push(`Skipped ${unnamed} more such entries`);
  }

  /** A file that was listed and could not be opened. */
  skip(file: UnreadableFile): void {
    const named = this.#skipped.unreadableFiles.length;
    noteUnreadable(this.#skipped, file);
    if (this.#skipped.unreadableFiles.length > named) this.#lines.push(skippedLine(file));
  }

  /** The lines that were not taken yet. */
  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Counts what was not named, when nothing more will come; then {@link take} gives the last lines. */
  end(): void {
    for (const [text, files] of this.#warned)
      if (files > NAMED_FILES) this.#lines.push(`and ${files - NAMED_FILES} more such files: ${text}`);
    if (this.#otherWarnings > 0) this.#lines.push(`and ${this.#otherWarnings} more warnings of other kinds`);
  }

  /** What was left out, for the line that says what was enqueued; empty when nothing was. */
  get skippedText(): string {
    const text = skippedText(this.#skipped);
    return text === undefined ? "" : `; skipped ${text}`;
  }
}

function skippedLine({ file, reason }: UnreadableFile): string {
  return `Skipped "${file}": it ${reason}`;
}
