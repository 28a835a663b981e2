import { isMillraceError } from "@millrace/core";
import test from "ava";
import { z } from "zod";
import { parseQuery, type QueryFields } from "../../src/http/query.ts";
import { asSent, FLAG, integer, list, optional, TEXT, TIME, textOf } from "../../src/http/query-fields.ts";
import type { RequestContext } from "../../src/http/types.ts";

const FIELDS = {
  follow: optional(FLAG),
  config: optional(TEXT),
  tail: optional(integer(0, 100)),
  since: optional(TIME),
  cursor: optional(textOf(z.string().regex(/^c\d$/), "a cursor")),
  worker: list(integer(0, 9)),
  id: asSent(z.string()),
} satisfies QueryFields;

/** As Koa gives it: a list where a name comes several times. */
function query(text: string): RequestContext {
  const params = new URLSearchParams(text);
  const values = [...new Set(params.keys())].map((name) => {
    const all = params.getAll(name);
    return [name, all.length > 1 ? all : all[0]];
  });
  return { query: Object.fromEntries(values) } as RequestContext;
}

test("parseQuery() returns typed values, and undefined for parameters that were left out", (t) => {
  const sent =
    "follow=true&config=&tail=7&since=2026-01-31T12:00:00%2B01:00&cursor=c1&worker=1,2&worker=3&id=x";
  t.deepEqual(parseQuery(query(sent), FIELDS), {
    follow: true,
    config: "",
    tail: 7,
    since: Date.UTC(2026, 0, 31, 11),
    cursor: "c1",
    worker: [1, 2, 3],
    id: "x",
  });
  const values = Object.values(parseQuery(query(""), FIELDS));
  t.deepEqual(values, Array(7).fill(undefined));
});

test("parseQuery() accepts a time whose plus became a space, in any case", (t) => {
  t.is(parseQuery(query("since=2026-01-31t12:00:00+01:00"), FIELDS).since, Date.UTC(2026, 0, 31, 11));
});

const REFUSED: Readonly<Record<string, string>> = {
  "nope=1":
    'Cannot use the query value "nope": expected one of follow, config, tail, since, cursor, worker, id',
  "tail=1&tail=2": 'Cannot use the query value "tail": given more than once',
  "follow=yes": 'Cannot use follow "yes": expected true or false',
  follow: 'Cannot use follow "": expected true or false',
  "tail=101": 'Cannot use tail "101": expected an integer from 0 to 100',
  "tail=-1": 'Cannot use tail "-1": expected an integer from 0 to 100',
  "since=2026-02-30T12:00:00Z":
    'Cannot use since "2026-02-30T12:00:00Z": expected a time such as 2026-01-31T12:00:00Z',
  "cursor=x": 'Cannot use cursor "x": expected a cursor',
  "worker=1,": 'Cannot use worker "": expected an integer from 0 to 9',
};

test("parseQuery() refuses invalid values, and names the field", (t) => {
  for (const [text, message] of Object.entries(REFUSED)) {
    const error = t.throws(() => parseQuery(query(text), FIELDS));
    t.true(isMillraceError(error, "invalid_request"), text);
    t.like(error, { message, details: { field: text.split("=")[0] } });
  }
});

test("parseQuery() refuses any name when none is expected", (t) => {
  t.throws(() => parseQuery(query("a=1"), {}), {
    message: 'Cannot use the query value "a": expected no query',
  });
});
