import { OPERATIONS, type Operation } from "@millrace/client";
import test from "ava";
import { openApiDocument } from "../../src/openapi-document.ts";

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: { $ref?: string } }>> }>
  >;
}

const { paths } = openApiDocument("https://millrace.test") as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};
const described = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
);
const table: Readonly<Record<string, Operation>> = OPERATIONS;

test("the client's OPERATIONS match the document's, with method, path and query", (t) => {
  const expected = described.map(({ operationId, method, path, parameters = [] }) => {
    const query = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
    return [operationId, { method, path, query }] as const;
  });
  const actual = Object.entries(table).map(([id, { method, path, query = [] }]) => {
    return [id, { method, path, query }] as const;
  });
  t.deepEqual(Object.fromEntries(actual), Object.fromEntries(expected));
});

test("the client's OPERATIONS match the document's responses, by type and schema", (t) => {
  for (const { operationId, responses } of described) {
    const { answer } = table[operationId] ?? {};
    const contents = ["200", "201"]
      .map((status) => responses[status]?.content)
      .filter((content) => content !== undefined);
    t.is(answer === undefined, contents.length === 0, operationId);
    for (const content of contents) {
      const media = content[answer?.type ?? ""];
      t.truthy(media, `${operationId} is not ${answer?.type}`);
      if (answer?.schema === undefined) continue;
      t.is(media?.schema?.$ref, `#/components/schemas/${answer.schema}`, operationId);
    }
  }
});
