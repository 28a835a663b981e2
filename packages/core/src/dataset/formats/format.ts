import type { Buffer } from "node:buffer";
import type { Segment } from "../../batch.ts";
import type { ReadingRules } from "../../job.ts";
import type { Source } from "../../ports/ledger-batches.ts";
import type { ObjectStat, ObjectStore } from "../../ports/object-store.ts";
import type { ItemBlock, SourcePosition } from "../item-block.ts";

/** A kind of file that items come from. Each format is one file in this folder and one line in `registry.ts`. */
export interface DatasetFormat {
  /** Same as {@link Source.format}. */
  readonly name: string;
  /** Name shown to users. */
  readonly title: string;
  /** True when its bytes are text. */
  readonly isText: boolean;
  /** Name extensions of such files, in lower case, without those of packings such as `.gz`. */
  readonly endings: readonly string[];
  /** Whether a file's first bytes, unpacked, identify this format regardless of its name. */
  readonly matches?: (head: Uint8Array) => boolean;
  /**
   * Reads and checks what {@link Source.meta} must contain so that a range of the file can be read.
   * @throws {MillraceError} malformed_input, input_changed
   */
  readonly open?: (
    objects: ObjectStore,
    stat: ObjectStat,
    options: OpenOptions,
  ) => Promise<SourceMeta | undefined>;
  /**
   * Finds the items of a source, in order, block by block, and checks them where the format allows it.
   * @throws {MillraceError} malformed_input, item_too_large, input_changed
   */
  readonly items: (
    objects: ObjectStore,
    source: Source,
    options: SourceItemsOptions,
  ) => AsyncGenerator<ItemBlock>;
  /** Creates the reader that reads ranges back; called once for each {@link BatchReader}. */
  readonly reader: (objects: ObjectStore) => RangeReader;
}

export type SourceMeta = Readonly<Record<string, unknown>>;

export interface OpenOptions {
  /** The file as the user named it, for errors. */
  readonly file: string;
  /** Its name without the extension of its packing, such as `.gz`. */
  readonly name: string;
  readonly rules?: ReadingRules | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Takes warnings about a file that is read anyway: one sentence each, without the file's name. */
  readonly warn?: ((text: string) => void) | undefined;
}

export interface SourceItemsOptions {
  /** Where to start: between two items. @default the first item */
  readonly from?: SourcePosition | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Same as in {@link OpenOptions}. */
  readonly warn?: ((text: string) => void) | undefined;
}

/** One item and where it ends in its source. */
export interface ReadItem {
  /** JSON on one line. */
  readonly text: string;
  /** Byte (or row) after it. */
  readonly end: number;
}

/** A segment of a batch together with its source. */
export interface SourceRange {
  readonly segment: Segment;
  readonly source: Source;
}

export type ReadRange = SourceRange & {
  /** The segment's bytes; empty where the format does its own reading. */
  readonly bytes: Buffer;
};

/** Reads ranges of the sources of one format. */
export interface RangeReader {
  /** True for a format whose ranges are not byte ranges: it does its own reading. @default false */
  readonly readsItself?: boolean;
  /**
   * True where only the number of items can show whether its bytes were cut correctly: `count` is then the total over
   * the ranges. @default false
   */
  readonly needsCount?: boolean;
  /** A fast path for the items of one range; undefined when the range may not be plain. */
  readonly readPlain?: (bytes: Buffer, count: number) => readonly string[] | undefined;
  /**
   * The items of all ranges of one batch in this format, range by range; undefined when the bytes do not contain them.
   * @throws {MillraceError} malformed_input, input_changed
   */
  readonly read: (
    ranges: readonly ReadRange[],
    options: { readonly count: number; readonly signal?: AbortSignal | undefined },
  ) => Promise<readonly (readonly ReadItem[])[] | undefined>;
}
