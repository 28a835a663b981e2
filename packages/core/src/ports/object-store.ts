/** An object and what it was when it was looked at. */
export interface ObjectStat {
  readonly uri: string;
  readonly sizeBytes: number;
  /** Changes whenever the content does: size and modification time, or an ETag. Opaque. */
  readonly version: string;
}

/** Writes one object piece by piece; it becomes visible, whole, at `commit`. */
export interface ObjectWriter {
  write(chunk: Uint8Array): Promise<void>;
  commit(): Promise<ObjectStat>;
  /** Drops what was written; harmless after `commit`. */
  abort(): Promise<void>;
}

export interface ReadOptions {
  /** First byte. @default 0 */
  readonly start?: number;
  /** Byte after the last. @default the object's end */
  readonly end?: number;
  /** Fail with `input_changed` when the object is not this version any more. */
  readonly version?: string;
  readonly signal?: AbortSignal;
}

/** Something under a prefix that cannot be listed, or not be looked at. */
export interface UnreadableEntry {
  /** A directory's ends in a slash. */
  readonly uri: string;
  /** Says what it is, as in "is a link that leads in a circle". */
  readonly reason: string;
  /** True when nothing can be below it. */
  readonly isFile: boolean;
}

export interface ListOptions {
  readonly signal?: AbortSignal;
  /** Whether to look into a directory, whose URI ends in a slash; asked only by stores that have some. @default all */
  readonly enters?: (directory: string) => boolean;
  /** Takes what must be left out. @default the first is thrown as `object_unreadable` */
  readonly onUnreadable?: (entry: UnreadableEntry) => void;
}

/**
 * Bytes by URI: the user's input (read only) and the platform's own objects.
 *
 * Errors of every method: `object_not_found`, `object_unreadable`, `unsupported_uri`, `disk_full`.
 */
export interface ObjectStore {
  stat(uri: string): Promise<ObjectStat>;
  /** Every object whose full URI starts with `prefix` (a raw prefix, not a folder), in byte order of the URI; no markers of directories. Nothing else is left out without a word. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectStat>;
  /** The URIs of {@link list}, page by page; objects are not looked at, so that one may be gone already. */
  listUris(prefix: string, options?: ListOptions): AsyncIterable<readonly string[]>;
  /** The bytes `[start, end)` at once. @throws {MillraceError} input_changed */
  read(uri: string, options?: ReadOptions): Promise<Uint8Array>;
  /** The bytes `[start, end)` in chunks, in order. @throws {MillraceError} input_changed */
  stream(uri: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  writer(uri: string): Promise<ObjectWriter>;
  /** Removes every object whose URI starts with `prefix`; only under {@link jobUri} or {@link apiUri}. */
  removeAll(prefix: string): Promise<void>;
  /** URI of one of the platform's own objects of a job, such as `items.ndjson`. */
  jobUri(jobId: string, name: string): string;
  /** URI of one of the platform's own objects of an API version, such as `project.tar.gz`. */
  apiUri(apiName: string, version: string, name: string): string;
  /** The URI in the form that users see and predictors open: an absolute path on the local backend, `s3://` on aws. */
  display(uri: string): string;
}
