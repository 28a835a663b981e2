import { Buffer } from "node:buffer";
import type { ObjectStat, ObjectStore } from "../ports/object-store.ts";
import { byteChunks } from "./byte-chunks.ts";
import { byteOrderMarkBytes } from "./byte-order-mark.ts";
import { CsvSplitter } from "./csv-records.ts";
import { malformedInput } from "./malformed-input.ts";

/** The header of a CSV file, as kept in {@link Source.meta}. */
export interface CsvHeader {
  readonly columns: readonly string[];
  /** First byte after the header. */
  readonly dataStart: number;
  /** 1-based line of that byte. */
  readonly dataLine: number;
}

/** Reads the header of a CSV file; a file without a byte has no columns and no items. @throws {MillraceError} malformed_input */
export async function readCsvHeader(
  objects: ObjectStore,
  stat: ObjectStat,
  { file, signal }: { readonly file: string; readonly signal?: AbortSignal | undefined },
): Promise<CsvHeader> {
  const stream = objects.stream(stat.uri, { version: stat.version, ...(signal ? { signal } : {}) });
  let header: readonly string[] | undefined;
  const place = { offset: 0, line: 1 };
  let splitter: CsvSplitter | undefined;
  try {
    for await (const chunk of byteChunks(stream, { signal })) {
      if (!splitter) place.offset = byteOrderMarkBytes(chunk);
      const bytes = splitter ? chunk : chunk.subarray(place.offset);
      splitter ??= new CsvSplitter({
        file,
        from: { ...place },
        onRecord: (fields) => {
          header ??= fields;
        },
      });
      const items = await splitter.push(bytes);
      if (items.count > 0) return checkHeader(header, { offset: items.end(0), line: items.line(0) }, file);
    }
    const items = await splitter?.end();
    if (items && items.count > 0)
      return checkHeader(header, { offset: items.end(0), line: items.line(0) }, file);
  } finally {
    splitter?.close();
  }
  return { columns: [], dataStart: stat.sizeBytes, dataLine: 1 };
}

function checkHeader(
  columns: readonly string[] = [],
  { offset, line }: { offset: number; line: number },
  file: string,
): CsvHeader {
  const seen = new Set<string>();
  for (const [i, name] of columns.entries()) {
    const problem =
      name.trim() === ""
        ? `column ${i + 1} has no name`
        : seen.has(name)
          ? `the name "${name}" occurs twice`
          : "";
    if (problem) {
      throw malformedInput(`in the header, ${problem}, expected one distinct name a column`, {
        file,
        line: 1,
        excerpt: Buffer.from(columns.join(",")),
      });
    }
    seen.add(name);
  }
  return { columns, dataStart: offset, dataLine: line };
}
