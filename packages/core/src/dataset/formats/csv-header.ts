import { Buffer } from "node:buffer";
import type { ObjectStat, ObjectStore } from "../../ports/object-store.ts";
import { byteChunks, joinBytes } from "../byte-chunks.ts";
import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import { nameColumns } from "../csv-columns.ts";
import { csvRecords } from "../csv-items.ts";
import { CsvSplitter } from "../csv-splitter.ts";
import type { ItemList } from "../item-block.ts";
import { malformedInput } from "../malformed-input.ts";
import type { OpenOptions } from "./format.ts";

/** The header of a CSV file, as stored in {@link Source.meta}. */
export interface CsvHeader {
  readonly columns: readonly string[];
  /** First byte after the header. */
  readonly dataStart: number;
  /** 1-based line of that byte. */
  readonly dataLine: number;
}

/** Column delimiters of other tools. */
const DELIMITERS: Readonly<Record<string, string>> = {
  ";": "semicolons",
  "\t": "tabs",
  "|": '"|"',
  "\u0001": "the byte 0x01",
};

/** How much of a header line is searched for its delimiter. */
const HEADER_BYTES = 64 * 1024;

/**
 * Reads the header of a CSV file; an empty file has no columns and no items. @throws {MillraceError} malformed_input
 */
export async function readCsvHeader(
  objects: ObjectStore,
  stat: ObjectStat,
  { file, signal, warn }: OpenOptions,
): Promise<CsvHeader> {
  const stream = objects.stream(stat.uri, { version: stat.version, ...(signal ? { signal } : {}) });
  const pieces: Buffer[] = [];
  let splitter: CsvSplitter | undefined;
  let offset = 0;
  let found: ItemList | undefined;
  for await (const chunk of byteChunks(stream, { signal })) {
    if (!splitter) {
      offset = byteOrderMarkBytes(chunk);
      checkDelimiter(chunk.subarray(offset), file);
    }
    splitter ??= new CsvSplitter({ file, from: { offset, line: 1 } });
    const bytes = pieces.length === 0 ? chunk.subarray(offset) : chunk;
    pieces.push(bytes);
    found = splitter.push(bytes);
    if (found.count > 0) break;
  }
  if (found?.count === 0) found = splitter?.end();
  if (!found || found.count === 0) return { columns: [], dataStart: stat.sizeBytes, dataLine: 1 };
  const [start, end] = [found.start(0), found.end(0)];
  const [record] = csvRecords(joinBytes(pieces).subarray(start - offset, end - offset)) ?? [];
  const { names, warning } = nameColumns(record?.fields ?? []);
  if (warning) warn?.(`in the header, ${warning}`);
  return { columns: names, dataStart: end, dataLine: found.line(0) };
}

/**
 * Rejects a file whose columns are not separated by commas, since each record would be read as a single text. Such a
 * file has another delimiter and no comma in its first line, outside quotes; a one-column header may contain the
 * delimiter in quotes.
 */
function checkDelimiter(bytes: Buffer, file: string): void {
  const text = bytes.subarray(0, HEADER_BYTES).toString("utf8");
  const line = /[^\r\n]+/.exec(text)?.[0] ?? "";
  const fail = (reason: string) => {
    const lineNumber = text.slice(0, text.indexOf(line)).split(/\r\n|\r|\n/).length;
    return malformedInput(reason, { file, line: lineNumber, excerpt: Buffer.from(line) });
  };
  if (/^sep=.$/i.test(line)) throw fail("a separator line for Excel, expected the header; remove this line");
  const bare = line.replaceAll(/"[^"]*(?:"|$)/g, "");
  if (bare.includes(",")) return;
  const counts = Object.keys(DELIMITERS).map((character) => bare.split(character).length - 1);
  const most = Math.max(...counts);
  if (most === 0) return;
  const delimiter = Object.keys(DELIMITERS)[counts.indexOf(most)] as string;
  throw fail(
    `its header separates columns by ${DELIMITERS[delimiter]}, expected commas; write it with commas, or put the header in double quotes if it is the name of a single column`,
  );
}
