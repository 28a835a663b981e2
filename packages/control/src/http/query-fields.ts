import { MillraceError } from "@millrace/core";
import { z } from "zod";

/**
 * One field in a route's query, declared once: it describes the field in the OpenAPI document and reads it from
 * requests.
 */
export interface QueryField<Value> {
  readonly schema: z.ZodType;
  /** May be repeated. */
  readonly isList: boolean;
  /**
   * Reads the value from the strings sent; `texts` is empty if the field is absent. @throws {MillraceError}
   * invalid_request
   */
  readonly read: (name: string, texts: readonly string[]) => Value;
}

/** A type of query value. */
export interface QueryKind<Value> {
  readonly schema: z.ZodType;
  /** Shown to clients that sent something else. */
  readonly expected: string;
  /** Undefined for a string that is not such a value. */
  readonly parse: (text: string) => Value | undefined;
}

/** What the document says about a field besides its kind. */
type Meta = Readonly<Record<string, unknown>>;

export const FLAG: QueryKind<boolean> = {
  schema: z.boolean(),
  expected: "true or false",
  parse: (text) => (text === "true" ? true : text === "false" ? false : undefined),
};

export const TEXT: QueryKind<string> = { schema: z.string(), expected: "a text", parse: (text) => text };

const ANY_ZONE = z.iso.datetime({ offset: true });

/** RFC 3339 in any time zone, converted to milliseconds since the epoch. */
export const TIME: QueryKind<number> = {
  schema: ANY_ZONE,
  expected: "a time such as 2026-01-31T12:00:00Z",
  parse(sent) {
    // An unescaped "+" arrives as a space.
    const text = sent.replace(" ", "+").toUpperCase();
    // The parser alone would turn 30 February into a day in March.
    return ANY_ZONE.safeParse(text).success ? Date.parse(text) : undefined;
  },
};

export function integer(min: number, max: number): QueryKind<number> {
  return {
    schema: z.int().min(min).max(max),
    expected: `an integer from ${min} to ${max}`,
    parse(text) {
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** A string that its schema accepts. */
export function textOf<Value extends string>(schema: z.ZodType<Value>, expected: string): QueryKind<Value> {
  return { schema, expected, parse: (text) => schema.safeParse(text).data };
}

/** At most one value. */
export function optional<Value>(kind: QueryKind<Value>, meta: Meta = {}): QueryField<Value | undefined> {
  return {
    schema: kind.schema.optional().meta(meta),
    isList: false,
    read: (name, [text]) => (text === undefined ? undefined : parsed(name, text, kind)),
  };
}

/** Any number of values, as repeated fields or separated by commas. */
export function list<Value>(
  kind: QueryKind<Value>,
  meta: Meta = {},
): QueryField<readonly Value[] | undefined> {
  return {
    schema: z.array(kind.schema).optional().meta(meta),
    isList: true,
    read(name, texts) {
      if (texts.length === 0) return undefined;
      return texts.flatMap((text) => text.split(",")).map((text) => parsed(name, text, kind));
    },
  };
}

/** One value that the handler checks itself, including whether it may be absent. */
export function asSent(schema: z.ZodType): QueryField<string | undefined> {
  return { schema, isList: false, read: (_name, [text]) => text };
}

function parsed<Value>(name: string, text: string, { parse, expected }: QueryKind<Value>): Value {
  const value = parse(text);
  if (value === undefined) throw badQuery(name, `Cannot use ${name} "${text}": expected ${expected}`);
  return value;
}

export function badQuery(field: string, message: string): MillraceError {
  return new MillraceError("invalid_request", message, { details: { field } });
}
