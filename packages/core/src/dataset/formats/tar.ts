import { Buffer } from "node:buffer";
import type { ItemBlock } from "../item-block.ts";
import { sourceChunks } from "../source-chunks.ts";
import { BLOCK_BYTES, isTarHeader } from "../tar/tar-header.ts";
import type { DatasetFormat, RangeReader, ReadItem } from "./format.ts";

/**
 * A tar archive of samples, as the `webdataset` package writes them: files that follow one another and whose paths are
 * the same up to the first dot of the name are one item, an object of their contents.
 */
export const tar: DatasetFormat = {
  name: "tar",
  title: "a tar archive",
  isText: false,
  endings: [".tar"],
  matches: (head) => {
    const block = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, BLOCK_BYTES));
    return block.length === BLOCK_BYTES && isTarHeader(block);
  },
  async *items(objects, source, { from, signal, warn }): AsyncGenerator<ItemBlock> {
    const { TarSplitter } = await import("../tar/tar-splitter.ts");
    const start = from?.offset ?? 0;
    const splitter = new TarSplitter({ file: objects.display(source.origin), offset: start });
    for await (const chunk of sourceChunks(objects, source, { start, signal })) yield splitter.push(chunk);
    yield splitter.end();
    const { count, example } = splitter.unnamed;
    if (count > 0)
      warn?.(
        `${count} of its files are not part of an item, since their names have no extension or start with a dot, such as "${example}"`,
      );
  },
  reader: (): RangeReader => ({
    async read(ranges) {
      const { tarSamples } = await import("../tar/tar-samples.ts");
      const all: (readonly ReadItem[])[] = [];
      for (const { bytes, segment, source } of ranges) {
        const samples = tarSamples(bytes, source);
        if (!samples) return undefined;
        all.push(samples.map(({ text, end }) => ({ text, end: segment.start + end })));
      }
      return all;
    },
  }),
};
