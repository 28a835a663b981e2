import {
  isMillraceError,
  listObjects,
  listUris,
  nothingSkipped,
  type ObjectStat,
  type ObjectStore,
  type PathFilter,
  type SkippedFiles,
  textChunks,
  writeObject,
} from "@millrace/core";

interface ListingOptions {
  readonly filter: PathFilter;
  /** Where the listing's skipped files are stored, for a restarted enqueuer that does not list again. */
  readonly skippedUri: string;
  readonly signal: AbortSignal;
}

/** An object with a dataset's paths or files, one JSON value per line. */
export interface Listing {
  readonly stat: ObjectStat;
  readonly skipped: SkippedFiles;
  /** True when an earlier run created it. */
  readonly isOld: boolean;
}

type Lines = (skipped: SkippedFiles) => AsyncIterable<string>;

/** Writes the paths of a `file_path_lister` as its items, one JSON string per line; an existing listing is kept. */
export function writePathItems(
  objects: ObjectStore,
  { itemsUri, ...options }: ListingOptions & { readonly itemsUri: string },
): Promise<Listing> {
  return listOnce(objects, itemsUri, {
    ...options,
    lines: (skipped) => pathLines(objects, { ...options, skipped }),
  });
}

/** Lists the files of a dataset, so that a restart uses exactly the same files; an existing listing is kept. */
export function writeListing(
  objects: ObjectStore,
  { listingUri, ...options }: ListingOptions & { readonly listingUri: string },
): Promise<Listing> {
  return listOnce(objects, listingUri, {
    ...options,
    lines: (skipped) => objectLines(objects, { ...options, skipped }),
  });
}

/** Reads back what {@link writeListing} wrote. */
export async function* listedObjects(objects: ObjectStore, listingUri: string): AsyncGenerator<ObjectStat> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of objects.stream(listingUri)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as ObjectStat;
  }
}

interface SelectionOptions {
  readonly filter: PathFilter;
  readonly signal: AbortSignal;
  readonly skipped: SkippedFiles;
}

async function* pathLines(
  objects: ObjectStore,
  { filter, ...options }: SelectionOptions,
): AsyncGenerator<string> {
  for await (const uris of listUris(objects, filter, options))
    yield uris.map((uri) => `${JSON.stringify(objects.display(uri))}\n`).join("");
}

async function* objectLines(
  objects: ObjectStore,
  { filter, ...options }: SelectionOptions,
): AsyncGenerator<string> {
  for await (const stat of listObjects(objects, filter, options)) yield `${JSON.stringify(stat)}\n`;
}

/** Writes a listing unless it exists. */
async function listOnce(
  objects: ObjectStore,
  uri: string,
  { skippedUri, lines }: Pick<ListingOptions, "skippedUri"> & { readonly lines: Lines },
): Promise<Listing> {
  const old = await found(objects, uri);
  if (old) return { stat: old, skipped: await readSkipped(objects, skippedUri), isOld: true };
  const skipped = nothingSkipped();
  const stat = await writeObject(objects, uri, {
    chunks: textChunks(lines(skipped)),
    // Written first, so that a listing never exists without it.
    beforeCommit: async () => {
      await writeObject(objects, skippedUri, { chunks: textChunks([JSON.stringify(skipped)]) });
    },
  });
  return { stat, skipped, isOld: false };
}

async function found(objects: ObjectStore, uri: string): Promise<ObjectStat | undefined> {
  try {
    return await objects.stat(uri);
  } catch (error) {
    if (isMillraceError(error, "object_not_found")) return undefined;
    throw error;
  }
}

/** Listings from versions that did not store this have none. */
async function readSkipped(objects: ObjectStore, uri: string): Promise<SkippedFiles> {
  if (!(await found(objects, uri))) return nothingSkipped();
  return JSON.parse(Buffer.from(await objects.read(uri)).toString()) as SkippedFiles;
}
