import {
  isMillraceError,
  listObjects,
  listUris,
  type ObjectStat,
  type ObjectStore,
  type PathFilter,
} from "@millrace/core";

const CHUNK_CHARACTERS = 256 * 1024;

interface ListingOptions {
  readonly filter: PathFilter;
  readonly signal: AbortSignal;
}

/** Lists the paths of a `file_path_lister` into its items, one JSON string a line; what is there already is kept. */
export function writePathItems(
  objects: ObjectStore,
  { itemsUri, ...options }: ListingOptions & { readonly itemsUri: string },
): Promise<ObjectStat> {
  return writeOnce(objects, itemsUri, pathLines(objects, options));
}

/** Lists the files of a dataset, so that a restart goes over the very same ones; what is there already is kept. */
export function writeListing(
  objects: ObjectStore,
  { listingUri, ...options }: ListingOptions & { readonly listingUri: string },
): Promise<ObjectStat> {
  return writeOnce(objects, listingUri, objectLines(objects, options));
}

/** What {@link writeListing} wrote. */
export async function* listedObjects(objects: ObjectStore, listingUri: string): AsyncGenerator<ObjectStat> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of objects.stream(listingUri)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as ObjectStat;
  }
}

async function* pathLines(objects: ObjectStore, { filter, signal }: ListingOptions): AsyncGenerator<string> {
  for await (const uris of listUris(objects, filter, { signal }))
    yield uris.map((uri) => `${JSON.stringify(objects.display(uri))}\n`).join("");
}

async function* objectLines(
  objects: ObjectStore,
  { filter, signal }: ListingOptions,
): AsyncGenerator<string> {
  for await (const stat of listObjects(objects, filter, { signal })) yield `${JSON.stringify(stat)}\n`;
}

/** Writes texts into an object, unless it is there. */
async function writeOnce(
  objects: ObjectStore,
  uri: string,
  texts: AsyncIterable<string>,
): Promise<ObjectStat> {
  try {
    return await objects.stat(uri);
  } catch (error) {
    if (!isMillraceError(error, "object_not_found")) throw error;
  }
  const writer = await objects.writer(uri);
  try {
    let chunk = "";
    for await (const text of texts) {
      chunk += text;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      await writer.write(Buffer.from(chunk));
      chunk = "";
    }
    await writer.write(Buffer.from(chunk));
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
