import { MillraceError } from "@millrace/core";
import { z } from "zod";

/** One name in the query of a route, declared once: the document describes it by this, and requests are read by it. */
export interface QueryField<Value> {
  readonly schema: z.ZodType;
  /** May be given several times. */
  readonly isList: boolean;
  /** The value of the texts that were sent; of none, where it was left out. @throws {MillraceError} invalid_request */
  readonly read: (name: string, texts: readonly string[]) => Value;
}

/** What one value can be. */
export interface QueryKind<Value> {
  readonly schema: z.ZodType;
  /** For whoever sent something else. */
  readonly expected: string;
  /** Undefined for a text that is no such value. */
  readonly parse: (text: string) => Value | undefined;
}

/** What the document says of a name beside its kind. */
type Meta = Readonly<Record<string, unknown>>;

export const FLAG: QueryKind<boolean> = {
  schema: z.boolean(),
  expected: "true or false",
  parse: (text) => (text === "true" ? true : text === "false" ? false : undefined),
};

export const TEXT: QueryKind<string> = { schema: z.string(), expected: "a text", parse: (text) => text };

const ANY_ZONE = z.iso.datetime({ offset: true });

/** RFC 3339 in any zone, read as milliseconds since the epoch. */
export const TIME: QueryKind<number> = {
  schema: ANY_ZONE,
  expected: "a time such as 2026-01-31T12:00:00Z",
  parse(sent) {
    // A "+" that was not escaped comes as a space.
    const text = sent.replace(" ", "+").toUpperCase();
    // The parser alone would make March of the 30th of February.
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

/** A text that its schema takes. */
export function textOf<Value extends string>(schema: z.ZodType<Value>, expected: string): QueryKind<Value> {
  return { schema, expected, parse: (text) => schema.safeParse(text).data };
}

/** One value, or none. */
export function optional<Value>(kind: QueryKind<Value>, meta: Meta = {}): QueryField<Value | undefined> {
  return {
    schema: kind.schema.optional().meta(meta),
    isList: false,
    read: (name, [text]) => (text === undefined ? undefined : parsed(name, text, kind)),
  };
}

/** Several values, or none; each may be given by itself, or several at once with commas. */
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

/** One value that is the handler's to judge, also whether it may be left out. */
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
