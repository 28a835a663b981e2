import { STATUS_CODES } from "node:http";
import { ERROR_CODES, type ErrorCode } from "@millrace/core";
import { ProblemSchema } from "@millrace/core/schemas";
import { z } from "zod";
import type { ZodOpenApiResponseObject } from "zod-openapi";
import { html } from "./contents.ts";
import { PROBLEM_EXAMPLES } from "./problem-examples.ts";

/** For these, browsers get the sign-in page instead. */
const SIGN_IN_STATUSES: ReadonlySet<number> = new Set([401, 429]);

const made = new Map<number, ZodOpenApiResponseObject>();

/** The response for a problem with this status; its `code` is one of those with that status in core's table. */
export function problemResponse(status: number): ZodOpenApiResponseObject {
  const response = made.get(status) ?? makeResponse(status);
  made.set(status, response);
  return response;
}

function makeResponse(status: number): ZodOpenApiResponseObject {
  const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter(
    (code) => ERROR_CODES[code].status === status,
  );
  const description = STATUS_CODES[status] ?? "Error";
  const schema = ProblemSchema.extend({
    status: z.literal(status).meta({ description: "HTTP status." }),
    code: z.enum(codes).meta({ description: "Stable." }),
  }).meta({ id: `Problem${status}`, description: `${description}. RFC 9457` });
  const examples = [...PROBLEM_EXAMPLES]
    .filter(([code]) => codes.includes(code))
    .map(([code, value]) => [code, { value }]);
  return {
    id: `Problem${status}`,
    description,
    content: {
      "application/problem+json": { schema, examples: Object.fromEntries(examples) },
      ...(SIGN_IN_STATUSES.has(status) ? html() : {}),
    },
  };
}
