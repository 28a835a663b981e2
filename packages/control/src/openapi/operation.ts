import type { z } from "zod";
import type {
  ZodOpenApiContentObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import { problemResponse } from "./problem-response.ts";

/** What the operations are grouped by. */
export const TAGS = [
  { name: "jobs", description: "Submit jobs, watch them, read what they gave." },
  { name: "apis", description: "Deploy predictors." },
  { name: "service", description: "The service itself." },
  { name: "browsers", description: "The dashboard, and what signs a browser in and out." },
] as const;

/** One route as the OpenAPI document describes it. */
export interface Operation {
  /** Its `operationId`, which names the client's function for it: never changed once released. */
  readonly id: string;
  readonly tag: (typeof TAGS)[number]["name"];
  readonly method: "get" | "post" | "put" | "delete";
  /** In OpenAPI's form, parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  /** Answers without a token. @default false */
  readonly isPublic?: boolean;
  /** What lets one in. @default both */
  readonly only?: "token" | "session";
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly header?: z.ZodObject;
  readonly requestBody?: ZodOpenApiContentObject;
  readonly responses: ZodOpenApiResponsesObject;
}

/** The answer 200 with `content`, and the problems that the route answers beside those of every route. */
export function answers(
  content: ZodOpenApiContentObject,
  problems: readonly number[] = [],
  links?: ZodOpenApiResponseObject["links"],
): ZodOpenApiResponsesObject {
  return {
    "200": { description: "Done", content, ...(links && { links }) },
    ...problemAnswers(problems),
  };
}

export function problemAnswers(statuses: readonly number[]): ZodOpenApiResponsesObject {
  return Object.fromEntries(statuses.map((status) => [String(status), problemResponse(status)]));
}
