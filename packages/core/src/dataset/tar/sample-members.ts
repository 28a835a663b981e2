import { type Buffer, constants } from "node:buffer";
import type { Source } from "../../ports/ledger-batches.ts";
import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import { jsonItem } from "../ndjson-items.ts";

/** Where a member's bytes go: the sample's key, and the name in the sample. */
export interface SampleName {
  readonly key: string;
  readonly suffix: string;
}

/** How the bytes of a member become a JSON value. */
export type MemberKind = "json" | "text" | "integer" | "binary";

/** The name under which a sample has its key. */
export const KEY = "__key__";

/** By the last part of the suffix, as the `webdataset` package decodes them. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map([
  ...["json", "jsn"].map((suffix) => [suffix, "json"] as const),
  ...["txt", "text", "transcript"].map((suffix) => [suffix, "text"] as const),
  ...["cls", "cls2", "class", "count", "index", "inx", "id"].map((suffix) => [suffix, "integer"] as const),
]);

/** How much longer a member may become as JSON: control characters in text, and words such as NaN. */
const GROWTH: Readonly<Record<MemberKind, number>> = { json: 2, text: 6, integer: 2, binary: 4 / 3 };
/** A sample's JSON must fit into one string. */
export const MAX_SAMPLE_CHARACTERS = constants.MAX_STRING_LENGTH - 1024 * 1024;

/**
 * Divides a member's path at the first dot of its last component; undefined for a name that has no dot or starts with
 * one.
 */
export function sampleName(path: string): SampleName | undefined {
  const nameAt = path.lastIndexOf("/") + 1;
  const dot = path.indexOf(".", nameAt);
  if (dot <= nameAt) return undefined;
  return { key: path.slice(0, dot), suffix: path.slice(dot + 1).toLowerCase() };
}

export function memberKind(suffix: string): MemberKind {
  return KINDS.get(suffix.slice(suffix.lastIndexOf(".") + 1)) ?? "binary";
}

/** The most characters that a member adds to the JSON text of its sample. */
export function memberCharacters(suffix: string, sizeBytes: number): number {
  return Math.ceil(GROWTH[memberKind(suffix)] * sizeBytes) + 6 * suffix.length + 8;
}

/** JSON text of an integer as Python's `int` reads it; undefined for other bytes. */
export function integerText(bytes: Buffer): string | undefined {
  const [, sign, digits] = /^[ \t-\r]*([+-]?)0*(\d+)[ \t-\r]*$/.exec(bytes.toString("latin1")) ?? [];
  if (digits === undefined) return undefined;
  return sign === "-" && digits !== "0" ? `-${digits}` : digits;
}

/** JSON text of a member whose bytes {@link MemberCheck} accepts. */
export function memberText(suffix: string, bytes: Buffer, nan: Source["nan"]): string {
  switch (memberKind(suffix)) {
    case "json":
      return jsonItem(bytes, { start: byteOrderMarkBytes(bytes), end: bytes.length, nan }).trim();
    case "text":
      return JSON.stringify(bytes.toString("utf8"));
    case "integer":
      return integerText(bytes) ?? "";
    case "binary":
      return `"${bytes.toString("base64")}"`;
  }
}
