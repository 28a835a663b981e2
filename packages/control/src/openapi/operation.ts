import type { z } from "zod";
import type {
  ZodOpenApiContentObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import type { QueryFields } from "../http/query.ts";
import { problemResponse } from "./problem-response.ts";

type Schemas = Readonly<Record<string, z.ZodType>>;

/** The groups of operations. */
export const TAGS = [
  { name: "jobs", description: "Submit jobs, watch them, read their results." },
  { name: "apis", description: "Deploy predictors." },
  { name: "service", description: "The service itself." },
  { name: "browsers", description: "The dashboard, and signing browsers in and out." },
] as const;

/** Description of one route for the OpenAPI document. */
export interface Operation {
  /** Its `operationId`, from which client functions are named: never changed after a release. */
  readonly id: string;
  readonly tag: (typeof TAGS)[number]["name"];
  readonly method: "get" | "post" | "put" | "delete";
  /** In OpenAPI's syntax, parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  /** Works without a token. @default false */
  readonly isPublic?: boolean;
  /** The only accepted authentication. @default both */
  readonly only?: "token" | "session";
  /** Path parameters that differ from the usual meaning of their name. */
  readonly params?: Schemas;
  /** Fields of the query, or "ignored". @default none, and any field is rejected */
  readonly query?: QueryFields | "ignored";
  readonly header?: Schemas;
  readonly requestBody?: ZodOpenApiContentObject;
  readonly responses: ZodOpenApiResponsesObject;
}

/** The response 200 with `content`, and the problems that the route may return besides those of every route. */
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

/** The response to a form: the browser is redirected to the dashboard. */
export const SEE_DASHBOARD: ZodOpenApiResponsesObject = { "303": { description: "To the dashboard" } };

export function problemAnswers(statuses: readonly number[]): ZodOpenApiResponsesObject {
  return Object.fromEntries(statuses.map((status) => [String(status), problemResponse(status)]));
}
