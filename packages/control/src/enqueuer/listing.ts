import {
  isMillraceError,
  listObjects,
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
  return writeLinesOnce(
    objects,
    itemsUri,
    listedLines(objects, options, ({ uri }) => objects.display(uri)),
  );
}

/** Lists the files of a dataset, so that a restart goes over the very same ones; what is there already is kept. */
export function writeListing(
  objects: ObjectStore,
  { listingUri, ...options }: ListingOptions & { readonly listingUri: string },
): Promise<ObjectStat> {
  return writeLinesOnce(
    objects,
    listingUri,
    listedLines(objects, options, (stat) => stat),
  );
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

async function* listedLines(
  objects: ObjectStore,
  { filter, signal }: ListingOptions,
  view: (stat: ObjectStat) => unknown,
): AsyncGenerator<string> {
  for await (const stat of listObjects(objects, filter, { signal })) yield `${JSON.stringify(view(stat))}\n`;
}

async function writeLinesOnce(
  objects: ObjectStore,
  uri: string,
  lines: AsyncIterable<string>,
): Promise<ObjectStat> {
  try {
    return await objects.stat(uri);
  } catch (error) {
    if (!isMillraceError(error, "object_not_found")) throw error;
  }
  const writer = await objects.writer(uri);
  try {
    let text = "";
    for await (const line of lines) {
      text += line;
      if (text.length < CHUNK_CHARACTERS) continue;
      await writer.write(Buffer.from(text));
      text = "";
    }
    await writer.write(Buffer.from(text));
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
