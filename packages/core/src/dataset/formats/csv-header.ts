import type { Buffer } from "node:buffer";
import type { CsvRules } from "../../job.ts";
import type { ObjectStat, ObjectStore } from "../../ports/object-store.ts";
import { byteChunks, joinBytes } from "../byte-chunks.ts";
import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import { nameColumns } from "../csv-columns.ts";
import { findDelimiter } from "../csv-delimiter.ts";
import { type CsvDialect, RFC_4180 } from "../csv-dialect.ts";
import { csvRecords } from "../csv-items.ts";
import { CsvSplitter } from "../csv-splitter.ts";
import type { ItemList, SourcePosition } from "../item-block.ts";
import { malformedInput } from "../malformed-input.ts";
import type { OpenOptions } from "./format.ts";

/** The header of a CSV file and how its records are written, as stored in {@link Source.meta}. */
export interface CsvHeader extends Partial<CsvDialect> {
  readonly columns: readonly string[];
  /** First byte after the header. */
  readonly dataStart: number;
  /** 1-based line of that byte. */
  readonly dataLine: number;
}

/** Name endings that show a delimiter. The ending .csv shows none: where commas are decimal points, it is a semicolon. */
const NAMED: Readonly<Record<string, string>> = { ".tsv": "\t", ".tab": "\t", ".psv": "|" };

/** The line that tells Excel the delimiter; it is no record. */
const EXCEL_LINE = /^([\r\n]*)sep=([^\r\n]*)(?:\r\n|\r|\n|$)/i;

/**
 * Finds out how a CSV file is written and reads its header; an empty file has no columns and no items.
 *
 * @throws {MillraceError} malformed_input
 */
export async function readCsvHeader(
  objects: ObjectStore,
  stat: ObjectStat,
  options: OpenOptions,
): Promise<CsvHeader> {
  const { file, signal, warn, rules: { csv: rules = {} } = {} } = options;
  const stream = objects.stream(stat.uri, { version: stat.version, ...(signal ? { signal } : {}) });
  const pieces: Buffer[] = [];
  let begin: Beginning | undefined;
  let splitter: CsvSplitter | undefined;
  let found: ItemList | undefined;
  for await (const chunk of byteChunks(stream, { signal })) {
    begin ??= lookAtBeginning(chunk, { ...options, rules, isWhole: chunk.length === stat.sizeBytes });
    splitter ??= new CsvSplitter({ file, ...begin });
    const bytes = pieces.length === 0 ? chunk.subarray(begin.from.offset) : chunk;
    pieces.push(bytes);
    found = splitter.push(bytes);
    if (found.count > 0) break;
  }
  if (found?.count === 0) found = splitter?.end();
  if (!begin || !found || found.count === 0) return { columns: [], dataStart: stat.sizeBytes, dataLine: 1 };
  const { from, dialect } = begin;
  const [start, end] = [found.start(0), found.end(0)];
  const bytes = joinBytes(pieces).subarray(start - from.offset, end - from.offset);
  const fields = csvRecords(bytes, dialect)?.[0]?.fields ?? [];
  if (rules.header === false) {
    const { names } = nameColumns(fields.map(() => ""));
    return { columns: names, dataStart: from.offset, dataLine: from.line, ...unusual(dialect) };
  }
  const { names, warning } = nameColumns(fields);
  if (warning) warn?.(`in the header, ${warning}`);
  return { columns: names, dataStart: end, dataLine: found.line(0), ...unusual(dialect) };
}

/** What a source has to say: nothing for a file that every version of Millrace reads. */
function unusual(dialect: CsvDialect): Partial<CsvDialect> {
  const fields = Object.entries(dialect) as [keyof CsvDialect, string][];
  return Object.fromEntries(fields.filter(([name, value]) => value !== RFC_4180[name]));
}

interface Beginning {
  /** Where the first record, or what is skipped before it, starts. */
  readonly from: SourcePosition;
  readonly dialect: CsvDialect;
}

function lookAtBeginning(
  chunk: Buffer,
  { file, name, rules, isWhole }: OpenOptions & { readonly rules: CsvRules; readonly isWhole: boolean },
): Beginning {
  const { quote = RFC_4180.quote, comment = RFC_4180.comment } = rules;
  let from = { offset: byteOrderMarkBytes(chunk), line: 1 };
  const [excelLine, blank = "", told] = EXCEL_LINE.exec(chunk.toString("latin1", from.offset)) ?? [];
  if (excelLine !== undefined) {
    const line = 1 + lineEnds(blank);
    if (!rules.delimiter && !/^[^"\0\x80-\xff]$/.test(told ?? "")) {
      const reason = `a line for Excel that shows the delimiter, expected a single ASCII character after "sep="; remove the line, or set "csv": {"delimiter"}`;
      throw malformedInput(reason, { file, line, excerpt: chunk.subarray(from.offset + blank.length) });
    }
    from = { offset: from.offset + excelLine.length, line: 1 + lineEnds(excelLine) };
  }
  const said = rules.delimiter ?? told;
  if (said !== undefined) return { from, dialect: { delimiter: said, quote, comment } };
  const ending = Object.keys(NAMED).find((candidate) => name.toLowerCase().endsWith(candidate));
  const named = ending && NAMED[ending];
  const found = findDelimiter(chunk.subarray(from.offset), { quote, comment, isWhole, named });
  if (found.delimiter === undefined) {
    const reason = `its columns may be separated by ${found.choices}; say which with "csv": {"delimiter"}`;
    throw malformedInput(reason, { file, line: from.line, excerpt: firstLine(chunk.subarray(from.offset)) });
  }
  return { from, dialect: { delimiter: found.delimiter, quote, comment } };
}

function lineEnds(text: string): number {
  return text.split(/\r\n|\r|\n/).length - 1;
}

function firstLine(bytes: Buffer): Buffer {
  const skipped = bytes.findIndex((byte) => byte !== 10 && byte !== 13);
  const end = bytes.findIndex((byte, at) => at > skipped && (byte === 10 || byte === 13));
  return bytes.subarray(Math.max(0, skipped), end < 0 ? bytes.length : end);
}
