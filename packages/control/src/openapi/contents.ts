import { z } from "zod";
import type { ZodOpenApiContentObject } from "zod-openapi";

/** Examples by name. If there are none, the document builds one from the examples of the schema's fields. */
type Examples = Readonly<Record<string, unknown>>;

export function json(schema: z.ZodType, examples?: Examples): ZodOpenApiContentObject {
  return { "application/json": { schema, ...named(examples) } };
}

/** One value of `schema` per line; the examples too. */
export function ndjson(schema: z.ZodType, examples?: Examples): ZodOpenApiContentObject {
  return { "application/x-ndjson": { schema, ...named(examples) } };
}

/** Server-sent events by name, with the schema of their JSON data. */
export function events(kinds: Readonly<Record<string, z.ZodType>>): ZodOpenApiContentObject {
  const schemas = Object.entries(kinds).map(([event, data]) =>
    z.looseObject({ event: z.literal(event), data }),
  );
  const [only] = schemas;
  return { "text/event-stream": { schema: schemas.length === 1 && only ? only : z.union(schemas) } };
}

export function text(example: string): ZodOpenApiContentObject {
  return { "text/plain": { schema: z.string(), example } };
}

export function html(): ZodOpenApiContentObject {
  return { "text/html": { schema: z.string(), example: "<!doctype html>…" } };
}

/** The response of `/healthz` and `/readyz`. */
export function health(status: string): ZodOpenApiContentObject {
  return json(z.object({ status: z.string().meta({ example: status }) }));
}

function named(examples: Examples = {}) {
  const entries = Object.entries(examples).map(([name, value]) => [name, { value }]);
  return entries.length === 0 ? {} : { examples: Object.fromEntries(entries) };
}
