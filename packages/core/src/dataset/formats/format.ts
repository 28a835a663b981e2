import type { Buffer } from "node:buffer";
import type { Segment } from "../../batch.ts";
import type { Source } from "../../ports/ledger-batches.ts";
import type { ObjectStat, ObjectStore } from "../../ports/object-store.ts";
import type { ItemBlock, SourcePosition } from "../item-block.ts";

/** A kind of file that items come from: one file of this folder, and one line in `registry.ts`. */
export interface DatasetFormat {
  /** As in {@link Source.format}. */
  readonly name: string;
  /** As users know it. */
  readonly title: string;
  /** Endings of names by which such a file is told, in lower case, without those of packings, such as `.gz`. */
  readonly endings: readonly string[];
  /** Whether a file's first bytes, unpacked, tell that it is of this format whatever its name is. */
  readonly matches?: (head: Uint8Array) => boolean;
  /**
   * Reads what {@link Source.meta} must hold to read a range of the file, and checks it.
   * @throws {MillraceError} malformed_input, input_changed
   */
  readonly open?: (objects: ObjectStore, stat: ObjectStat, options: OpenOptions) => Promise<SourceMeta>;
  /**
   * Finds the items of a source, in order, block by block; checks them where the format lets it.
   * @throws {MillraceError} malformed_input, item_too_large, input_changed
   */
  readonly items: (
    objects: ObjectStore,
    source: Source,
    options: SourceItemsOptions,
  ) => AsyncGenerator<ItemBlock>;
  /** Makes what reads ranges back; one for each {@link BatchReader}. */
  readonly reader: (objects: ObjectStore) => RangeReader;
}

export type SourceMeta = Readonly<Record<string, unknown>>;

export interface OpenOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
  /** Takes what the user should know of a file that is read all the same: a sentence about it, without its name. */
  readonly warn?: ((text: string) => void) | undefined;
}

export interface SourceItemsOptions {
  /** Where to begin: between two items. @default the first item */
  readonly from?: SourcePosition | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One item, and where in its source it ends. */
export interface ReadItem {
  /** JSON on one line. */
  readonly text: string;
  /** Byte (or row) after it. */
  readonly end: number;
}

/** A segment of a batch with the source that it is of. */
export interface SourceRange {
  readonly segment: Segment;
  readonly source: Source;
}

export type ReadRange = SourceRange & {
  /** The segment's bytes; empty where the format reads by itself. */
  readonly bytes: Buffer;
};

/** Reads ranges of the sources of one format. */
export interface RangeReader {
  /** True for a format whose ranges are not of bytes: it reads them itself. @default false */
  readonly readsItself?: boolean;
  /**
   * True where only the number of items tells whether its bytes were cut right: then `count` is how many the ranges hold
   * together. @default false
   */
  readonly needsCount?: boolean;
  /** The items of one range in the common case, in less time; undefined where that is not certain. */
  readonly readPlain?: (bytes: Buffer, count: number) => readonly string[] | undefined;
  /**
   * The items of all ranges of one batch that are of this format, range by range; undefined when the bytes do not hold
   * them.
   * @throws {MillraceError} malformed_input, input_changed
   */
  readonly read: (
    ranges: readonly ReadRange[],
    options: { readonly count: number; readonly signal?: AbortSignal | undefined },
  ) => Promise<readonly (readonly ReadItem[])[] | undefined>;
}
