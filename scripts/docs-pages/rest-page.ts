import { openApiDocument } from "@millrace/control/openapi";
import { table } from "../field-table.ts";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
}

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly security?: readonly unknown[];
}

interface Document {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** A section per tag of the OpenAPI document, with a row per operation. */
export function restPage(): string {
  // Nothing read here contains the address.
  const { tags, paths } = openApiDocument("http://127.0.0.1") as unknown as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );
  const sections = tags.map(({ name, description }) => {
    const rows = operations.filter((operation) => operation.tags.includes(name)).map(row);
    return `## ${name}\n\n${description}\n\n${table(["operation", "does", "query and headers"], rows)}`;
  });
  return sections.join("\n\n");
}

function row(operation: Operation & { readonly path: string; readonly method: string }): readonly string[] {
  const { path, method, summary, security, parameters = [] } = operation;
  const asked = parameters.filter((parameter) => parameter.in !== "path");
  return [
    `\`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, "<$1>")}\``,
    `${summary}${security?.length === 0 ? "; needs no token" : ""}`,
    asked.map(({ name }) => `\`${name}\``).join(", "),
  ];
}
