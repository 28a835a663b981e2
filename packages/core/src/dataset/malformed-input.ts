import { MillraceError } from "../errors.ts";

const EXCERPT_CHARACTERS = 80;
const MEMBER_CHARACTERS = 1_000;

/** The file and position where the input is malformed. */
export interface InputPlace {
  /** The file as the user named it. */
  readonly file: string;
  /** Path of a file in it, if it is an archive. */
  readonly member?: string;
  /** True for a place after that member. */
  readonly isAfterMember?: boolean;
  /** 1-based. */
  readonly line?: number;
  /** Text: 1-based, in bytes. Table: the column's name, which the reason already mentions. */
  readonly column?: number | string | undefined;
  /** The bytes at that position; truncated for display. */
  readonly excerpt?: Uint8Array | undefined;
  readonly cause?: unknown;
}

/** The error for input that its format does not allow. */
export function malformedInput(reason: string, place: InputPlace): MillraceError {
  const { file, member, line, column, cause } = place;
  const excerpt = place.excerpt === undefined ? undefined : cutExcerpt(place.excerpt);
  const message = `Cannot read "${file}"${whereText(place)}: ${reason}${excerpt ? `; found ${excerpt}` : ""}`;
  const details = {
    file,
    ...(member === undefined ? {} : { member }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(excerpt === undefined ? {} : { excerpt }),
  };
  return new MillraceError("malformed_input", message, { details, cause });
}

/** The error for an item that does not fit into one JavaScript string. */
export function itemTooLarge(place: InputPlace, limitBytes: number): MillraceError {
  const { file, line, member } = place;
  return new MillraceError(
    "item_too_large",
    `Cannot read "${file}"${whereText(place)}: the item that begins here is larger than ${limitBytes} bytes, expected smaller items; give large payloads as files and list their paths`,
    { details: { file, ...(member === undefined ? { line } : { member }), limit_bytes: limitBytes } },
  );
}

function whereText({ member, isAfterMember, line, column }: InputPlace): string {
  const where = [
    ...(member === undefined ? [] : [`member ${JSON.stringify(member.slice(0, MEMBER_CHARACTERS))}`]),
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(typeof column === "number" ? [`column ${column}`] : []),
  ];
  return where.length === 0 ? "" : ` ${isAfterMember ? "after" : "at"} ${where.join(", ")}`;
}

function cutExcerpt(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, EXCERPT_CHARACTERS * 4)).trim();
  return text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS)}…` : text;
}
