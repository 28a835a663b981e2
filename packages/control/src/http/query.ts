import { MillraceError } from "@millrace/core";
import { QUERY_TIME } from "./query-ranges.ts";
import type { RequestContext } from "./types.ts";

/** The values of a query name that may be given several times, or once with commas. */
export function listQuery(ctx: RequestContext, name: string): readonly string[] | undefined {
  const value = ctx.query[name];
  if (value === undefined) return undefined;
  return [value].flat().flatMap((text) => text.split(","));
}

/** The request's query values by name. @throws {MillraceError} invalid_request for a name that the route does not know */
export function queryOf<Name extends string>(
  ctx: RequestContext,
  known: readonly Name[],
  options: { readonly repeatable?: readonly Name[] } = {},
): Readonly<Partial<Record<Name, string>>> {
  const values: Partial<Record<Name, string>> = {};
  for (const [name, value] of Object.entries(ctx.query)) {
    const match = known.find((candidate) => candidate === name);
    if (match === undefined) {
      const expected = known.length === 0 ? "no query" : `one of ${known.join(", ")}`;
      throw badQuery(name, `Cannot use the query value "${name}": expected ${expected}`);
    }
    if (Array.isArray(value) && options.repeatable?.includes(match)) continue;
    if (Array.isArray(value))
      throw badQuery(name, `Cannot use the query value "${name}": given more than once`);
    values[match] = value ?? "";
  }
  return values;
}

/** A query value that is `true` or `false`. */
export function booleanQuery(name: string, value: string | undefined): boolean {
  if (value === undefined || value === "false") return false;
  if (value === "true") return true;
  throw badQuery(name, `Cannot use ${name} "${value}": expected true or false`);
}

/** A query value that is a whole number. */
export function integerQuery(
  name: string,
  value: string | undefined,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= range.min && number <= range.max) return number;
  throw badQuery(
    name,
    `Cannot use ${name} "${value}": expected an integer from ${range.min} to ${range.max}`,
  );
}

/** A query value that is a time, in milliseconds since the epoch. */
export function timeQuery(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  // A "+" that was not escaped comes as a space.
  const text = value.replace(" ", "+").toUpperCase();
  // The parser alone would make March of the 30th of February.
  if (QUERY_TIME.safeParse(text).success) return Date.parse(text);
  throw badQuery(name, `Cannot use ${name} "${value}": expected a time such as 2026-01-31T12:00:00Z`);
}

export function badQuery(field: string, message: string): MillraceError {
  return new MillraceError("invalid_request", message, { details: { field } });
}
