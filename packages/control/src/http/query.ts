import { badQuery, type QueryField } from "./query-fields.ts";
import type { RequestContext } from "./types.ts";

/** The fields that a route's query may have. */
export type QueryFields = Readonly<Record<string, QueryField<unknown>>>;

/** Their values, as passed to a handler. */
export type QueryValues<Fields extends QueryFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends QueryField<infer Value> ? Value : never;
};

/**
 * Reads the request's query.
 *
 * @throws {MillraceError} invalid_request for a name that is not among the fields, or a value that its field rejects
 */
export function parseQuery<Fields extends QueryFields>(
  ctx: RequestContext,
  fields: Fields,
): QueryValues<Fields> {
  const known = Object.keys(fields);
  for (const [name, value] of Object.entries(ctx.query)) {
    if (!known.includes(name)) {
      const expected = known.length === 0 ? "no query" : `one of ${known.join(", ")}`;
      throw badQuery(name, `Cannot use the query value "${name}": expected ${expected}`);
    }
    if (Array.isArray(value) && fields[name]?.isList !== true) {
      throw badQuery(name, `Cannot use the query value "${name}": given more than once`);
    }
  }
  const values = Object.entries(fields).map(([name, field]) => {
    const sent = ctx.query[name];
    return [name, field.read(name, sent === undefined ? [] : [sent].flat())];
  });
  return Object.fromEntries(values) as QueryValues<Fields>;
}
