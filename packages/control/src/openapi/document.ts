import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { VERSION } from "../version.ts";
import { type Operation, problemAnswers } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";

/** Paths and components; made once, at the first request. */
let made: ReturnType<typeof createDocument> | undefined;

/** The OpenAPI 3.1 document of the service at `url`. */
export function openApiDocument(url: string): Readonly<Record<string, unknown>> {
  made ??= createDocument({
    openapi: "3.1.0",
    info: {
      title: "Millrace",
      version: VERSION,
      description: "Offline batch inference: one result per input",
    },
    security: [{ token: [] }, { session: [] }],
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "millrace_session",
          description:
            "A browser that is signed in. The name has the port in it on plain HTTP (`millrace_session_8080`) and the prefix `__Host-` on HTTPS. What changes something also needs the header `X-Millrace-CSRF: 1`, from a page of the service.",
        },
      },
    },
    paths: paths(),
  });
  return { ...made, servers: [{ url }] };
}

function paths(): ZodOpenApiPathsObject {
  const all: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of OPERATIONS) {
    all[operation.path] ??= {};
    Object.assign(all[operation.path] ?? {}, { [operation.method]: describe(operation) });
  }
  return all;
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { summary, isPublic, params, query, header, requestBody, responses } = operation;
  // Any route may meet a ledger that cannot be read, or that is away for the moment.
  const problems = problemAnswers([...(isPublic ? [] : [401]), 403, 500, 503]);
  return {
    summary,
    requestParams: {
      ...(params ? { path: params } : {}),
      ...(query ? { query } : {}),
      ...(header ? { header } : {}),
    },
    ...(requestBody ? { requestBody: { required: true, content: requestBody } } : {}),
    ...(isPublic ? { security: [] } : {}),
    // What is asked for in a query or a header may be malformed, or given twice.
    responses: { ...problemAnswers(query || header ? [400] : []), ...problems, ...responses },
  };
}
