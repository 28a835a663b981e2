import { MillraceError } from "../../errors.ts";
import type { PathFilter } from "../../job.ts";
import type { ListOptions, ObjectStore, UnreadableEntry } from "../../ports/object-store.ts";
import type { GlobMatch } from "../glob.ts";
import { hiddenNames, type IsHidden } from "./hidden-names.ts";
import { isJobManifest, isManifestName } from "./job-manifest.ts";
import { type CompiledFilter, compileFilter, type Entry, fieldOf } from "./path-filter.ts";
import { noteUnreadable, type SkippedFiles, skippedText, unreadableEntry } from "./skipped-files.ts";

/** Decides which listed objects belong to the dataset. */
export class Selection {
  readonly #objects: ObjectStore;
  readonly #filter: PathFilter;
  readonly #compiled: CompiledFilter;
  readonly #isHidden: IsHidden;
  readonly #skipped: SkippedFiles;
  /** Needed only with several entries, which may overlap; with one, nothing has to be remembered. */
  readonly #seen: Set<string> | undefined;
  /** The prefix of the entry being listed, as users see it, and how much was found under it. */
  #prefix = "";
  #matched = 0;
  #listed = 0;
  #kept = 0;

  constructor(objects: ObjectStore, filter: PathFilter, skipped: SkippedFiles) {
    this.#objects = objects;
    this.#filter = filter;
    this.#compiled = compileFilter(filter);
    this.#isHidden = filter.includeHidden ? () => false : hiddenNames(filter);
    this.#skipped = skipped;
    if (this.entries.length > 1) this.#seen = new Set();
  }

  get entries(): readonly Entry[] {
    return this.#compiled.entries;
  }

  /** Starts an entry and returns the options for listing its prefix. */
  beginEntry(entry: Entry, signal: AbortSignal | undefined): ListOptions {
    this.#prefix = this.#objects.display(entry.prefix);
    this.#matched = 0;
    return {
      enters: (directory) => this.#enters(directory, entry),
      onUnreadable: (unreadable) => this.#onUnreadable(unreadable, entry),
      ...(signal ? { signal } : {}),
    };
  }

  takes(uri: string, entry: Entry): boolean {
    if (entry.match && !this.#matches(uri, entry.match)) return false;
    this.#matched += 1;
    if (this.#seen?.has(uri)) return false;
    this.#seen?.add(uri);
    this.#listed += 1;
    if (!this.#isIncluded(uri) || this.#isExcluded(uri)) return false;
    if (this.#isHiddenBelow(uri)) {
      this.#skipped.hiddenFiles += 1;
      return false;
    }
    this.#kept += 1;
    return true;
  }

  /** Whether a selected object may be a manifest, which then has to be checked. */
  mayBeManifest(uri: string, { path }: Entry): boolean {
    // A file that is named explicitly is wanted.
    return (
      isManifestName(uri) &&
      !this.#filter.includeHidden &&
      ![path, ...this.#filter.includes].some(isManifestName)
    );
  }

  /** False for the manifest of a job's output, which then counts as skipped. */
  async isNoManifest(uri: string): Promise<boolean> {
    if (!(await isJobManifest(this.#objects, uri))) return true;
    this.#kept -= 1;
    this.#skipped.manifests += 1;
    return false;
  }

  /** @throws {MillraceError} no_input when the entry matched nothing */
  endEntry({ path }: Entry): void {
    if (this.#matched > 0) return;
    if (!this.#filter.allowEmpty) {
      const field = fieldOf(this.#filter, "paths", this.#filter.paths.indexOf(path));
      throw nothingListed(path, field);
    }
    this.#skipped.emptyPaths.push(path);
  }

  /** @throws {MillraceError} no_input when nothing was left */
  end(): void {
    if (this.#kept > 0 || this.#filter.allowEmpty) return;
    throw nothingLeft(this.#filter, { listed: this.#listed, skipped: this.#skipped });
  }

  #enters(directory: string, entry: Entry): boolean {
    if (!this.#isHiddenBelow(directory)) return true;
    if (this.#isWanted({ uri: directory, isFile: false }, entry)) this.#countHidden(directory);
    return false;
  }

  /** @throws {MillraceError} object_unreadable when it may contain part of the dataset */
  #onUnreadable(unreadable: UnreadableEntry, entry: Entry): void {
    const { uri, reason } = unreadable;
    if (!this.#isWanted(unreadable, entry) || this.#seen?.has(uri)) return;
    this.#seen?.add(uri);
    if (this.#isHiddenBelow(uri)) {
      this.#countHidden(uri);
      return;
    }
    const file = this.#objects.display(uri);
    if (!this.#filter.skipUnreadable) throw unreadableEntry({ uri: file, reason });
    this.#matched += 1;
    noteUnreadable(this.#skipped, { file, reason });
  }

  #countHidden(uri: string): void {
    this.#matched += 1;
    if (uri.endsWith("/")) this.#skipped.hiddenDirectories += 1;
    else this.#skipped.hiddenFiles += 1;
  }

  /** Whether the entry, or something below it, would be selected if it could be read. */
  #isWanted({ uri, isFile }: Pick<UnreadableEntry, "uri" | "isFile">, { match }: Entry): boolean {
    const below = uri.endsWith("/") ? uri : `${uri}/`;
    const mayHold = (glob: GlobMatch) =>
      this.#matches(uri, glob) ||
      (!isFile && (glob.begins(below) || glob.begins(this.#objects.display(below))));
    const { includes, excludes } = this.#compiled;
    if (match && !mayHold(match)) return false;
    if (includes.length > 0 && !includes.some(mayHold)) return false;
    return !excludes.some((glob) => this.#matches(uri, glob) || (!isFile && this.#matches(below, glob)));
  }

  #isIncluded(uri: string): boolean {
    const { includes } = this.#compiled;
    return includes.length === 0 || includes.some((glob) => this.#matches(uri, glob));
  }

  #isExcluded(uri: string): boolean {
    return this.#compiled.excludes.some((glob) => this.#matches(uri, glob));
  }

  #isHiddenBelow(uri: string): boolean {
    // Answers most cases without a closer look.
    if (!uri.includes("/.") && !uri.includes("/_")) return false;
    return this.#isHidden(this.#objects.display(uri).slice(this.#prefix.length), this.#prefix);
  }

  #matches(uri: string, glob: GlobMatch): boolean {
    if (glob(uri)) return true;
    const displayed = this.#objects.display(uri);
    return displayed !== uri && glob(displayed);
  }
}

function nothingListed(path: string, field: string): MillraceError {
  return new MillraceError(
    "no_input",
    `Cannot list "${path}": nothing starts with it, expected at least one object; check the path's spelling, or allow it with "allow_empty": true`,
    { details: { field, value: path } },
  );
}

function nothingLeft(
  { includes, excludes }: PathFilter,
  { listed, skipped }: { readonly listed: number; readonly skipped: SkippedFiles },
): MillraceError {
  const filters = [
    ...(includes.length > 0 ? [`includes ${JSON.stringify(includes)}`] : []),
    ...(excludes.length > 0 ? [`excludes ${JSON.stringify(excludes)}`] : []),
  ].join(" and ");
  const isTaken = skipped.hiddenFiles + skipped.hiddenDirectories + skipped.manifests > 0;
  const left = [
    ...(filters ? [` after ${filters}; globs match the full path, "*" stops at "/", "**" does not`] : []),
    ...(skippedText(skipped) ? [`; ${skippedText(skipped)} skipped`] : []),
    ...(isTaken ? ['; "include_hidden": true includes hidden files and manifests'] : []),
  ].join("");
  return new MillraceError(
    "no_input",
    `Cannot list the dataset: none of the ${listed} listed objects is left${left}`,
    { details: { listed, includes, excludes } },
  );
}
