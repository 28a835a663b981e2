import { MillraceError, type ObjectStat, type ObjectStore, type ReadOptions } from "@millrace/core";
import type { MemoryState } from "../state/memory-state.ts";

/** Prefix of the platform's own objects. */
const OWN = "memory://own/";
const CHUNK_BYTES = 1024 * 1024;
const PAGE = 1_000;

export function memoryObjects(state: MemoryState): ObjectStore {
  const statOf = (uri: string): ObjectStat => {
    const { bytes, version } = objectOf(state, uri);
    return { uri, sizeBytes: bytes.length, version };
  };
  const matching = (prefix: string) =>
    [...state.objects.keys()]
      .filter((uri) => uri.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    stat: async (uri) => statOf(uri),
    list: async function* (prefix, { signal } = {}) {
      signal?.throwIfAborted();
      for (const uri of matching(prefix)) yield statOf(uri);
    },
    listUris: async function* (prefix, { signal } = {}) {
      signal?.throwIfAborted();
      const uris = matching(prefix);
      for (let at = 0; at < uris.length; at += PAGE) yield uris.slice(at, at + PAGE);
    },
    read: async (uri, options = {}) => {
      const { start = 0, end } = options;
      return objectOf(state, uri, options).bytes.slice(start, end);
    },
    stream: async function* (uri, options = {}) {
      const { start = 0, end = statOf(uri).sizeBytes } = options;
      const version = options.version ?? objectOf(state, uri, options).version;
      for (let at = start; at < end; at += CHUNK_BYTES) {
        options.signal?.throwIfAborted();
        yield objectOf(state, uri, { version }).bytes.slice(at, Math.min(end, at + CHUNK_BYTES));
      }
    },
    writer: async (uri) => {
      checkOwn(uri, "write");
      let chunks: Uint8Array[] | undefined = [];
      return {
        write: async (chunk) => {
          chunks?.push(chunk.slice());
        },
        commit: async () => {
          putObject(state, uri, Buffer.concat(chunks ?? []));
          chunks = undefined;
          return statOf(uri);
        },
        abort: async () => {
          chunks = undefined;
        },
      };
    },
    removeAll: async (prefix) => {
      checkOwn(prefix, "remove");
      for (const uri of matching(prefix)) state.objects.delete(uri);
    },
    jobUri: (jobId, name) => `${OWN}jobs/${jobId}/${name}`,
    apiUri: (apiName, version, name) => `${OWN}apis/${apiName}/${version}/${name}`,
    display: (uri) => uri,
  };
}

/** Writes an object, including the user's. */
export function putObject(state: MemoryState, uri: string, bytes: Uint8Array): void {
  state.objects.set(uri, { bytes, version: `v${state.next()}` });
}

function objectOf(state: MemoryState, uri: string, { version }: ReadOptions = {}) {
  const object = state.objects.get(uri);
  if (version !== undefined && object?.version !== version) {
    throw new MillraceError("input_changed", `Cannot read "${uri}": it changed, expected version ${version}`);
  }
  if (object) return object;
  throw new MillraceError("object_not_found", `Cannot find "${uri}": there is no such object`);
}

function checkOwn(uri: string, verb: string): void {
  if (uri.startsWith(OWN)) return;
  throw new MillraceError("unsupported_uri", `Cannot ${verb} "${uri}": expected one of the platform's own`);
}
