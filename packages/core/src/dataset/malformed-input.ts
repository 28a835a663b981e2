import { MillraceError } from "../errors.ts";

const EXCERPT_CHARACTERS = 80;

/** The file and position where the input is malformed. */
export interface InputPlace {
  /** The file as the user named it. */
  readonly file: string;
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
  const { file, line, column, cause } = place;
  const excerpt = place.excerpt === undefined ? undefined : cutExcerpt(place.excerpt);
  const where = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(typeof column === "number" ? [`column ${column}`] : []),
  ].join(", ");
  const message = `Cannot read "${file}"${where ? ` at ${where}` : ""}: ${reason}${excerpt ? `; found ${excerpt}` : ""}`;
  const details = {
    file,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(excerpt === undefined ? {} : { excerpt }),
  };
  return new MillraceError("malformed_input", message, { details, cause });
}

/** The error for an item that does not fit into one JavaScript string. */
export function itemTooLarge({ file, line }: InputPlace, limitBytes: number): MillraceError {
  return new MillraceError(
    "item_too_large",
    `Cannot read "${file}" at line ${line}: the item that begins here is larger than ${limitBytes} bytes, expected smaller items; give large payloads as files and list their paths`,
    { details: { file, line, limit_bytes: limitBytes } },
  );
}

function cutExcerpt(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, EXCERPT_CHARACTERS * 4)).trim();
  return text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS)}…` : text;
}
