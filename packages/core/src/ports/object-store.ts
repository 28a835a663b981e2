/** An object and its state at the time of the call. */
export interface ObjectStat {
  readonly uri: string;
  readonly sizeBytes: number;
  /** Changes whenever the content changes: size and modification time, or an ETag. Opaque. */
  readonly version: string;
}

/** Writes one object in chunks; it becomes visible, as a whole, at `commit`. */
export interface ObjectWriter {
  write(chunk: Uint8Array): Promise<void>;
  commit(): Promise<ObjectStat>;
  /** Discards what was written; harmless after `commit`. */
  abort(): Promise<void>;
}

export interface ReadOptions {
  /** First byte. @default 0 */
  readonly start?: number;
  /** Byte after the last one. @default the object's end */
  readonly end?: number;
  /** Fail with `input_changed` if the object no longer has this version. */
  readonly version?: string;
  readonly signal?: AbortSignal;
}

/** Something under a prefix that cannot be listed or examined. */
export interface UnreadableEntry {
  /** The URI of a directory ends with a slash. */
  readonly uri: string;
  /** Completes the sentence "It …", as in "is a link that leads in a circle". */
  readonly reason: string;
  /** True when nothing can be below it. */
  readonly isFile: boolean;
}

export interface ListOptions {
  readonly signal?: AbortSignal;
  /**
   * Whether to enter a directory, whose URI ends with a slash; only called by stores that have directories. @default
   * all
   */
  readonly enters?: (directory: string) => boolean;
  /** Called for entries that have to be skipped. @default the first is thrown as `object_unreadable` */
  readonly onUnreadable?: (entry: UnreadableEntry) => void;
}

/**
 * Bytes by URI: the user's input (read-only) and the platform's own objects.
 *
 * Errors of every method: `object_not_found`, `object_unreadable`, `unsupported_uri`, `disk_full`.
 */
export interface ObjectStore {
  stat(uri: string): Promise<ObjectStat>;
  /**
   * Every object whose full URI starts with `prefix` (a raw prefix, not a folder), in byte order of the URI, without
   * directory markers. Nothing else is skipped silently.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectStat>;
  /** The URIs of {@link list}, page by page, without looking up the objects; some may no longer exist. */
  listUris(prefix: string, options?: ListOptions): AsyncIterable<readonly string[]>;
  /** The bytes `[start, end)` in one piece. @throws {MillraceError} input_changed */
  read(uri: string, options?: ReadOptions): Promise<Uint8Array>;
  /** The bytes `[start, end)` in chunks, in order. @throws {MillraceError} input_changed */
  stream(uri: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  writer(uri: string): Promise<ObjectWriter>;
  /** Removes every object whose URI starts with `prefix`; allowed only under {@link jobUri} or {@link apiUri}. */
  removeAll(prefix: string): Promise<void>;
  /** URI of a job's own object, such as `items.ndjson`. */
  jobUri(jobId: string, name: string): string;
  /** URI of an API version's own object, such as `project.tar.gz`. */
  apiUri(apiName: string, version: string, name: string): string;
  /** The URI in the form that users see and predictors open: an absolute path on the local backend, `s3://` on AWS. */
  display(uri: string): string;
}
