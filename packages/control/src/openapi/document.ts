import { VERSION } from "../version.ts";

/** The OpenAPI 3.1 document of the service at `origin`. */
export function openApiDocument(origin: string): Readonly<Record<string, unknown>> {
  return {
    openapi: "3.1.0",
    info: { title: "Millrace", version: VERSION },
    servers: [{ url: origin }],
    paths: {},
  };
}
