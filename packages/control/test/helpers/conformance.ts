import { z } from "zod";
import { firstSegment, isOfEndpoint } from "../../src/http/route-path.ts";
import { responsesOf } from "../../src/openapi/document.ts";
import type { Operation } from "../../src/openapi/operation.ts";
import { RESERVED_SEGMENTS, ROUTES } from "../../src/routes/table.ts";

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}

/**
 * Checks an answer against the document: its status, its type, and what is in it where that is JSON.
 *
 * @throws {Error} naming what is not as the document says
 */
export async function assertConforms(
  response: Response,
  { method, path }: { readonly method: string; readonly path: string },
): Promise<void> {
  const operation = operationOf(method, path);
  // No such route, or not by that method: no operation has promised anything.
  if (operation === undefined) return;
  const what = `${method} ${operation.path}: ${response.status}`;
  const described = (responsesOf(operation) as unknown as Record<string, Described>)[String(response.status)];
  if (described === undefined) throw new Error(`${what} is not in the document`);
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  const isEmpty = response.status === 204 || response.headers.get("content-length") === "0";
  const types = Object.keys(described.content ?? {});
  if (types.length > 0 && !isEmpty && !types.includes(type) && !types.includes("*/*")) {
    throw new Error(`${what} is ${type || "of no type"}, expected ${types.join(" or ")}`);
  }
  if (!/json$/.test(type) || type.includes("ndjson")) return;
  const schema = described.content?.[type]?.schema;
  if (!(schema instanceof z.ZodType)) return;
  const result = schema.safeParse(await response.clone().json());
  if (!result.success) throw new Error(`${what} is not as its schema says: ${z.prettifyError(result.error)}`);
}

/** As the router does: a reserved name is never an endpoint. */
function operationOf(method: string, path: string): Operation | undefined {
  const { pathname } = new URL(path, "http://service");
  const isReserved = RESERVED_SEGMENTS.has(firstSegment(pathname));
  return ROUTES.find((operation) => {
    const pattern = operation.path.replaceAll(/\{\w+\}/g, "[^/]+");
    const isOfKind = isOfEndpoint(operation.path) !== isReserved;
    return (
      isOfKind && operation.method === method.toLowerCase() && new RegExp(`^${pattern}/?$`).test(pathname)
    );
  });
}
