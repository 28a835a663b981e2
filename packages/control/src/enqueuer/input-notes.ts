import {
  noteUnreadable,
  nothingSkipped,
  type SkippedFiles,
  skippedText,
  type UnreadableFile,
} from "@millrace/core";

/** Number of files named in one warning; the others are counted. */
const NAMED_FILES = 5;
/** Number of different warnings that are logged; the others are counted. */
const MAX_WARNINGS = 50;

/**
 * What the user should know about a job's input, as lines for its log: each note once, naming only the first few files.
 */
export class InputNotes {
  /** For each text, the number of files it applies to. */
  readonly #warned = new Map<string, number>();
  #skipped = nothingSkipped();
  #otherWarnings = 0;
  #lines: string[] = [];

  /** Notes a file that is read anyway: `text` is the warning, without the file's name. */
  warn(file: string, text: string): void {
    const files = this.#warned.get(text) ?? 0;
    if (files === 0 && this.#warned.size >= MAX_WARNINGS) {
      this.#otherWarnings += 1;
      return;
    }
    this.#warned.set(text, files + 1);
    if (files < NAMED_FILES) this.#lines.push(`"${file}": ${text}`);
  }

  /** Notes what the listing skipped. `isTold` is true when an earlier run of the enqueuer has already logged it. */
  listed(skipped: SkippedFiles, { isTold }: { readonly isTold: boolean }): void {
    this.#skipped = skipped;
    if (isTold) return;
    for (const path of skipped.emptyPaths) this.#lines.push(`Nothing starts with "${path}"`);
    for (const file of skipped.unreadableFiles) this.#lines.push(skippedLine(file));
    const unnamed = skipped.unreadable - skipped.unreadableFiles.length;
    if (unnamed > 0) this.#lines.push(`Skipped ${unnamed} more such entries`);
  }

  /** Notes a file that was listed but could not be opened. */
  skip(file: UnreadableFile): void {
    const named = this.#skipped.unreadableFiles.length;
    noteUnreadable(this.#skipped, file);
    if (this.#skipped.unreadableFiles.length > named) this.#lines.push(skippedLine(file));
  }

  /** Returns the lines added since the last call. */
  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Adds the counts of what was not named, once everything is known; {@link take} then returns the last lines. */
  end(): void {
    for (const [text, files] of this.#warned)
      if (files > NAMED_FILES) this.#lines.push(`and ${files - NAMED_FILES} more such files: ${text}`);
    if (this.#otherWarnings > 0) this.#lines.push(`and ${this.#otherWarnings} more warnings of other kinds`);
  }

  /** What was skipped, for the line that reports what was enqueued; empty when nothing was. */
  get skippedText(): string {
    const text = skippedText(this.#skipped);
    return text === undefined ? "" : `; skipped ${text}`;
  }
}

function skippedLine({ file, reason }: UnreadableFile): string {
  return `Skipped "${file}": it ${reason}`;
}
