import { describeOperations } from "./openapi/document.ts";
import { ROUTES } from "./routes/table.ts";

/** Built once, at the first request. */
let described: Readonly<Record<string, unknown>> | undefined;

/** The OpenAPI 3.1 document of the service at `url`. */
export function openApiDocument(url: string): Readonly<Record<string, unknown>> {
  described ??= describeOperations(ROUTES);
  return { ...described, servers: [{ url }] };
}
