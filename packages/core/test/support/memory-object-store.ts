import { Buffer } from "node:buffer";
import {
  type ListOptions,
  MillraceError,
  type ObjectStat,
  type ObjectStore,
  type ObjectWriter,
  type ReadOptions,
  type UnreadableEntry,
} from "../../src/mod.ts";

interface MemoryObject {
  readonly bytes: Buffer;
  readonly version: string;
}

/** Objects in memory; streams in pieces of `pieceBytes`. Counts reads. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, MemoryObject>();
  readonly #pieceBytes: number;
  #versions = 0;
  reads = 0;

  constructor({ pieceBytes = 64 * 1024 }: { readonly pieceBytes?: number } = {}) {
    this.#pieceBytes = pieceBytes;
  }

  put(uri: string, content: string | Uint8Array): ObjectStat {
    this.#versions += 1;
    this.#objects.set(uri, { bytes: Buffer.from(content as string), version: `v${this.#versions}` });
    return this.#stat(uri);
  }

  async stat(uri: string): Promise<ObjectStat> {
    return this.#stat(uri);
  }

  /** Entries that cannot be read, as a store of files has them. */
  readonly unreadable: UnreadableEntry[] = [];

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectStat> {
    this.#tellUnreadable(prefix, options);
    for (const uri of [...this.#objects.keys()].sort()) if (uri.startsWith(prefix)) yield this.#stat(uri);
  }

  async *listUris(prefix: string, options: ListOptions = {}): AsyncGenerator<readonly string[]> {
    this.#tellUnreadable(prefix, options);
    // Pages of two, so that there are several.
    const uris = [...this.#objects.keys()].sort().filter((uri) => uri.startsWith(prefix));
    for (let at = 0; at < uris.length; at += 2) yield uris.slice(at, at + 2);
  }

  async read(uri: string, options: ReadOptions = {}): Promise<Uint8Array> {
    this.reads += 1;
    const { bytes } = this.#get(uri, options.version);
    return bytes.subarray(options.start ?? 0, options.end ?? bytes.length);
  }

  async *stream(uri: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const { bytes } = this.#get(uri, options.version);
    const end = options.end ?? bytes.length;
    for (let at = options.start ?? 0; at < end; at += this.#pieceBytes) {
      yield bytes.subarray(at, Math.min(end, at + this.#pieceBytes));
    }
  }

  async writer(uri: string): Promise<ObjectWriter> {
    const pieces: Uint8Array[] = [];
    return {
      write: async (chunk) => void pieces.push(new Uint8Array(chunk)),
      commit: async () => this.put(uri, Buffer.concat(pieces)),
      abort: async () => {},
    };
  }

  async removeAll(prefix: string): Promise<void> {
    for (const uri of this.#objects.keys()) if (uri.startsWith(prefix)) this.#objects.delete(uri);
  }

  jobUri(jobId: string, name: string): string {
    return `mem://jobs/${jobId}/${name}`;
  }

  apiUri(apiName: string, version: string, name: string): string {
    return `mem://apis/${apiName}/${version}/${name}`;
  }

  display(uri: string): string {
    return uri.replace(/^mem:\/\//, "/");
  }

  #tellUnreadable(prefix: string, { onUnreadable }: ListOptions): void {
    for (const entry of this.unreadable) if (entry.uri.startsWith(prefix)) onUnreadable?.(entry);
  }

  #stat(uri: string): ObjectStat {
    const { bytes, version } = this.#get(uri);
    return { uri, sizeBytes: bytes.length, version };
  }

  #get(uri: string, version?: string): MemoryObject {
    const object = this.#objects.get(uri);
    if (!object) throw new MillraceError("object_not_found", `Cannot read "${uri}": there is no such object`);
    if (version !== undefined && version !== object.version) {
      throw new MillraceError("input_changed", `Cannot read "${uri}": it has changed`);
    }
    return object;
  }
}
