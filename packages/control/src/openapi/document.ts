import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { PATH_PARAMETERS } from "../http/path-parameters.ts";
import type { QueryFields } from "../http/query.ts";
import { parameterNames } from "../http/route-path.ts";
import { VERSION } from "../version.ts";
import { exactSchemas } from "./exact-schemas.ts";
import { exampleOf, type JsonSchema } from "./example-of.ts";
import { type Operation, problemAnswers, TAGS } from "./operation.ts";

type Document = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of a service with these operations, without its address. */
export function describeOperations(operations: readonly Operation[]): Document {
  const { components = {}, ...others } = makeDocument(operations);
  const schemas = exactSchemas(components.schemas as Readonly<Record<string, JsonSchema>>);
  return { ...others, components: { ...components, schemas } };
}

function makeDocument(operations: readonly Operation[]): ReturnType<typeof createDocument> {
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "Millrace",
      version: VERSION,
      description: "Offline batch inference: one result per input",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    tags: [...TAGS],
    security: [{ token: [] }, { session: [] }],
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "millrace_session",
          description:
            "A signed-in browser. The cookie's name contains the port on plain HTTP (`millrace_session_8080`) and has the prefix `__Host-` on HTTPS. Requests that change something also need the header `X-Millrace-CSRF: 1` and must come from a page of the service.",
        },
      },
    },
    paths: paths(operations),
  });
  finishContents(document);
  return document;
}

function paths(operations: readonly Operation[]): ZodOpenApiPathsObject {
  const all: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    all[operation.path] ??= {};
    Object.assign(all[operation.path] ?? {}, { [operation.method]: describe(operation) });
  }
  return all;
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, header, requestBody } = operation;
  const params = pathSchemas(operation);
  const query = querySchemas(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    requestParams: {
      ...(params ? { path: params } : {}),
      ...(query ? { query } : {}),
      ...(header ? { header: z.object(header) } : {}),
    },
    ...(requestBody ? { requestBody: { required: true, content: requestBody } } : {}),
    ...(operation.isPublic ? { security: [] } : {}),
    ...(operation.only ? { security: [{ [operation.only]: [] }] } : {}),
    responses: responsesOf(operation),
  };
}

function pathSchemas({ path, params = {} }: Operation): z.ZodObject | undefined {
  const known: Readonly<Record<string, z.ZodType>> = { ...PATH_PARAMETERS, ...params };
  return objectOf(
    parameterNames(path).map((name) => {
      const schema = known[name];
      if (schema === undefined) throw new TypeError(`${path}: nothing says what "${name}" is`);
      return [name, schema];
    }),
  );
}

function querySchemas({ query = {} }: Operation): z.ZodObject | undefined {
  const fields: QueryFields = query === "ignored" ? {} : query;
  return objectOf(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
}

function objectOf(schemas: readonly (readonly [string, z.ZodType])[]): z.ZodObject | undefined {
  return schemas.length === 0 ? undefined : z.object(Object.fromEntries(schemas));
}

/** All responses of an operation by status: its own, and the problems that any route may return. */
export function responsesOf(operation: Operation): ZodOpenApiResponsesObject {
  return { ...problemAnswers(commonProblems(operation)), ...operation.responses };
}

function commonProblems({ method, tag, isPublic }: Operation): readonly number[] {
  return [
    // A path may be malformed, and a query may have unknown fields.
    ...(tag === "service" ? [] : [400]),
    ...(isPublic ? [] : [401]),
    403,
    // The ledger may be unreadable or temporarily unavailable on any route.
    500,
    503,
    ...(method === "get" ? [] : [507]),
  ];
}

/**
 * Completes the contents of responses: the data of an event is a string that contains JSON, and content without an
 * example gets one built from its fields' examples.
 */
function finishContents({ paths, components }: ReturnType<typeof createDocument>): void {
  const schemas = (components?.schemas ?? {}) as Readonly<Record<string, JsonSchema>>;
  for (const operation of Object.values(paths ?? {}).flatMap((item) => Object.values(item))) {
    for (const { content } of Object.values(operation.responses) as { content?: Record<string, Media> }[]) {
      for (const [type, media] of Object.entries(content ?? {})) {
        if (media.schema === undefined) continue;
        if (type === "text/event-stream") media.schema = writtenEvents(media.schema);
        if (!("example" in media || "examples" in media)) media.example = exampleOf(media.schema, schemas);
      }
    }
  }
}

interface Media {
  schema?: JsonSchema;
  readonly examples?: unknown;
  example?: unknown;
}

function writtenEvents(schema: JsonSchema): JsonSchema {
  if (schema.anyOf !== undefined) return { ...schema, anyOf: schema.anyOf.map(writtenEvents) };
  const { data = {}, ...others } = schema.properties ?? {};
  const text = { type: "string", contentMediaType: "application/json", contentSchema: data };
  return { ...schema, properties: { ...others, data: text } };
}
