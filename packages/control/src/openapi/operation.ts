import type { z } from "zod";
import type {
  ZodOpenApiContentObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import type { QueryFields } from "../http/query.ts";
import { problemResponse } from "./problem-response.ts";

type Schemas = Readonly<Record<string, z.ZodType>>;

/** What the operations are grouped by. */
export const TAGS = [
  { name: "jobs", description: "Submit jobs, watch them, read their results." },
  { name: "apis", description: "Deploy predictors." },
  { name: "service", description: "The service itself." },
  { name: "browsers", description: "The dashboard, and signing browsers in and out." },
] as const;

/** What the OpenAPI document describes of one route. */
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
  /** Parameters of the path that are not what that name means elsewhere. */
  readonly params?: Schemas;
  /** What the query may have; whether it is looked at. @default nothing, and whatever it has is refused */
  readonly query?: QueryFields | "ignored";
  readonly header?: Schemas;
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

/** The answer of a form: the browser goes on to the dashboard. */
export const SEE_DASHBOARD: ZodOpenApiResponsesObject = { "303": { description: "To the dashboard" } };

export function problemAnswers(statuses: readonly number[]): ZodOpenApiResponsesObject {
  return Object.fromEntries(statuses.map((status) => [String(status), problemResponse(status)]));
}
