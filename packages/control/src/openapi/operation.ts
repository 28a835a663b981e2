import { STATUS_CODES } from "node:http";
import { ProblemSchema } from "@millrace/core/schemas";
import { z } from "zod";
import type { ZodOpenApiContentObject, ZodOpenApiResponsesObject } from "zod-openapi";

/** One route as the OpenAPI document describes it. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** In OpenAPI's form, parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  /** Answers without a token. @default false */
  readonly isPublic?: boolean;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly header?: z.ZodObject;
  readonly requestBody?: ZodOpenApiContentObject;
  readonly responses: ZodOpenApiResponsesObject;
}

export function json(schema: z.ZodType): ZodOpenApiContentObject {
  return { "application/json": { schema } };
}

/** One value of `schema` a line. */
export function ndjson(schema: z.ZodType): ZodOpenApiContentObject {
  return { "application/x-ndjson": { schema } };
}

export function text(): ZodOpenApiContentObject {
  return { "text/plain": { schema: z.string() } };
}

export function html(): ZodOpenApiContentObject {
  return { "text/html": { schema: z.string() } };
}

/** What a browser gets instead is the sign-in page. */
const SIGN_IN_STATUSES: ReadonlySet<number> = new Set([401, 429]);

/** The answer 200 with `content`, and the problems that the route answers beside 401 and 403. */
export function answers(
  content: ZodOpenApiContentObject,
  problems: readonly number[] = [],
): ZodOpenApiResponsesObject {
  return { "200": { description: "Done", content }, ...problemAnswers(problems) };
}

export function problemAnswers(statuses: readonly number[]): ZodOpenApiResponsesObject {
  const errors = statuses.map((status) => [
    String(status),
    {
      description: STATUS_CODES[status] ?? "Error",
      content: {
        "application/problem+json": { schema: ProblemSchema },
        ...(SIGN_IN_STATUSES.has(status) ? html() : {}),
      },
    },
  ]);
  return Object.fromEntries(errors);
}
