import type { PathFilter } from "../../job.ts";
import type { ObjectStat, ObjectStore } from "../../ports/object-store.ts";
import { Selection } from "./selection.ts";
import { nothingSkipped, type SkippedFiles } from "./skipped-files.ts";

export interface ListDatasetOptions {
  readonly signal?: AbortSignal;
  /** Counts what is skipped. */
  readonly skipped?: SkippedFiles;
}

/**
 * Lists the objects of a dataset: the prefixes in the given order, byte order of the URI within each, each object once.
 * Globs match the full URI or its displayed form. An entry of `paths` with glob characters lists what the glob matches,
 * and everything that starts with the entry taken literally; `includes` and `excludes` apply afterwards. Hidden names
 * and the manifests of job outputs are skipped.
 *
 * @throws {MillraceError} no_input when a prefix matches nothing, or when the filters leave nothing
 * @throws {MillraceError} object_unreadable when something in the dataset cannot be listed
 * @throws {MillraceError} invalid_submission when a glob is malformed
 */
export async function* listObjects(
  objects: ObjectStore,
  filter: PathFilter,
  { signal, skipped = nothingSkipped() }: ListDatasetOptions = {},
): AsyncGenerator<ObjectStat> {
  const selection = new Selection(objects, filter, skipped);
  for (const entry of selection.entries) {
    for await (const stat of objects.list(entry.prefix, selection.beginEntry(entry, signal))) {
      signal?.throwIfAborted();
      if (!selection.takes(stat.uri, entry)) continue;
      if (!selection.mayBeManifest(stat.uri, entry) || (await selection.isNoManifest(stat.uri))) yield stat;
    }
    selection.endEntry(entry);
  }
  selection.end();
}

/** The URIs that {@link listObjects} lists, page by page, without looking up the objects. */
export async function* listUris(
  objects: ObjectStore,
  filter: PathFilter,
  { signal, skipped = nothingSkipped() }: ListDatasetOptions = {},
): AsyncGenerator<readonly string[]> {
  const selection = new Selection(objects, filter, skipped);
  for (const entry of selection.entries) {
    for await (const page of objects.listUris(entry.prefix, selection.beginEntry(entry, signal))) {
      signal?.throwIfAborted();
      const uris: string[] = [];
      for (const uri of page.filter((listed) => selection.takes(listed, entry)))
        if (!selection.mayBeManifest(uri, entry) || (await selection.isNoManifest(uri))) uris.push(uri);
      yield uris;
    }
    selection.endEntry(entry);
  }
  selection.end();
}
