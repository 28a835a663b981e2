interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
}

/** The source of a module with one function for each operation of the document, named by its operationId. */
export function operationFunctions(document: object): string {
  const functions = Object.entries((document as Document).paths).flatMap(([path, item]) =>
    Object.entries(item).map(
      ([method, { operationId, summary }]) => `    /** ${summary}. */
    ${operationId}: (init: FetchOptions<operations["${operationId}"]>) =>
      responseOf<"${operationId}">(api.${method.toUpperCase()}(${JSON.stringify(path)}, { ...init, parseAs: "stream" })),`,
    ),
  );
  return `import type { Client, FetchOptions } from "openapi-fetch";
import { responseOf } from "../answer.ts";
import type { operations, paths } from "./schema.ts";

/** Every operation of the service, by its operationId. */
export type Operations = ReturnType<typeof createOperations>;

export function createOperations(api: Client<paths>) {
  return {
${functions.join("\n")}
  };
}
`;
}
