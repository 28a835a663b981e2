import type { Buffer } from "node:buffer";
import { ItemList } from "../item-block.ts";
import { type InputPlace, itemTooLarge, malformedInput } from "../malformed-input.ts";
import { BadMemberError, type MemberCheck, memberCheck } from "./member-check.ts";
import { KEY, MAX_SAMPLE_CHARACTERS, memberCharacters, memberKind, sampleName } from "./sample-members.ts";
import { NotTarError } from "./tar-header.ts";
import { type TarMember, TarScanner, type TarVisitor } from "./tar-scanner.ts";

export interface TarSplitterOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  /** Where the pushed bytes start: between two members. */
  readonly offset: number;
  /** @default what fits into one string */
  readonly maxSampleCharacters?: number;
}

interface Sample {
  readonly key: string;
  readonly start: number;
  end: number;
  readonly suffixes: Set<string>;
  characters: number;
}

/** Members that are part of no sample. */
export interface Unnamed {
  readonly count: number;
  /** Path of one of them. */
  readonly example: string;
}

/** Finds the samples of a tar archive in bytes that arrive in chunks, and checks their members. */
export class TarSplitter {
  readonly #options: TarSplitterOptions;
  readonly #scanner: TarScanner;
  #items = new ItemList();
  #sample: Sample | undefined;
  #check: MemberCheck | undefined;
  #unnamed: Unnamed = { count: 0, example: "" };

  constructor(options: TarSplitterOptions) {
    this.#options = options;
    const visitor: TarVisitor = {
      begin: (member) => this.#begin(member),
      data: (bytes) => this.#check?.push(bytes),
      end: (position) => this.#end(position),
    };
    this.#scanner = new TarScanner(visitor, options);
  }

  /** Members so far whose names have no extension. */
  get unnamed(): Unnamed {
    return this.#unnamed;
  }

  /**
   * Takes the next bytes and returns the samples they complete. @throws {MillraceError} malformed_input, item_too_large
   */
  push(chunk: Buffer): ItemList {
    return this.#take(() => this.#scanner.push(chunk));
  }

  /** Ends the file and returns its last sample. @throws {MillraceError} malformed_input */
  end(): ItemList {
    return this.#take(() => {
      this.#scanner.finish({ isArchive: true });
      this.#close();
    });
  }

  #take(read: () => void): ItemList {
    this.#items = new ItemList();
    try {
      read();
    } catch (cause) {
      const isKnown = cause instanceof NotTarError || cause instanceof BadMemberError;
      throw isKnown ? malformedInput(cause.message, { ...this.#place(), ...placeIn(cause), cause }) : cause;
    }
    return this.#items;
  }

  #begin({ path, sizeBytes, start }: TarMember): void {
    this.#check = undefined;
    const name = sampleName(path);
    if (!name) {
      this.#unnamed = { count: this.#unnamed.count + 1, example: this.#unnamed.example || path };
      return;
    }
    const { key, suffix } = name;
    if (this.#sample?.key !== key) this.#close();
    this.#sample ??= { key, start, end: start, suffixes: new Set([KEY]), characters: 6 * key.length };
    const { suffixes } = this.#sample;
    if (suffixes.has(suffix))
      throw new NotTarError(
        `another member of its sample has the name "${suffix}" too, and would be lost; rename one`,
      );
    suffixes.add(suffix);
    this.#sample.characters += memberCharacters(suffix, sizeBytes);
    const { maxSampleCharacters = MAX_SAMPLE_CHARACTERS } = this.#options;
    if (this.#sample.characters > maxSampleCharacters) throw itemTooLarge(this.#place(), maxSampleCharacters);
    this.#check = memberCheck(memberKind(suffix));
  }

  #end(position: number): void {
    this.#check?.end();
    this.#check = undefined;
    // Also after a member that is part of no sample: readers skip it.
    if (this.#sample) this.#sample.end = position;
  }

  #close(): void {
    if (this.#sample) this.#items.push(this.#sample.start, this.#sample.end, 1);
    this.#sample = undefined;
  }

  #place(): InputPlace {
    const { at } = this.#scanner;
    return { file: this.#options.file, ...(at && { member: at.path, isAfterMember: !at.isInside }) };
  }
}

function placeIn(error: Error): Pick<InputPlace, "excerpt"> & { readonly line?: number } {
  if (!(error instanceof BadMemberError)) return {};
  const { line, excerpt } = error;
  return { ...(line !== undefined && { line }), excerpt };
}
