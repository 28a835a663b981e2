import { ERROR_CODES } from "@millrace/core";
import { RESERVED_ENDPOINTS } from "@millrace/core/schemas";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import test from "ava";
import { routerPath } from "../../src/http/route-path.ts";
import { openApiDocument } from "../../src/openapi-document.ts";
import { startHarness } from "../helpers/harness.ts";
import { Scrape } from "../metrics-scrape.ts";

interface Media {
  readonly schema?: { readonly format?: string };
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, unknown>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly pattern?: string };
}

interface Link {
  readonly operationId: string;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Described {
  readonly $ref?: string;
  readonly links?: Readonly<Record<string, Link>>;
  readonly content?: Readonly<Record<string, Media>>;
}

interface DescribedOperation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Described;
  readonly responses: Readonly<Record<string, Described>>;
}

const document = structuredClone(openApiDocument("https://millrace.test")) as {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly responses: Readonly<Record<string, Described>>;
  };
};
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    route: `${method} ${path}`,
    method,
    path,
    operation,
  })),
);

test("openApiDocument() describes every route of the router, and no others", async (t) => {
  const { call } = await startHarness(t);
  for (const { method, path } of operations) {
    await call(path.replace(/\{\w+\}/g, "sum"), { method: method.toUpperCase(), redirect: "manual" });
  }
  // The service counts requests by the route that answered them.
  const answered = new Scrape(await (await call("/metrics")).text()).samples
    .filter(({ name }) => name === "millrace_http_requests_total")
    .map(({ labels }) => `${labels.method} ${labels.route}`);
  const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${routerPath(path)}`);
  t.deepEqual([...new Set(answered)].toSorted(), described.toSorted());
  t.is(document.openapi, "3.1.0");
  for (const name of ["Submission", "Problem", "Job"]) t.truthy(document.components.schemas[name], name);
  t.deepEqual(document.paths["/healthz"]?.get?.security, []);
});

test("openApiDocument() passes a validator of OpenAPI documents", async (t) => {
  const result = await new Validator().validate(structuredClone(document));
  t.true(result.valid, JSON.stringify(result.errors));
});

test("openApiDocument() passes a linter, which also checks every example against its schema", async (t) => {
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      "no-invalid-media-type-examples": "error",
      "no-invalid-parameter-examples": "error",
      "no-invalid-schema-examples": "error",
      // A form of a browser is answered by a redirect.
      "operation-2xx-response": "off",
      "no-unused-components": "error",
    },
  });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  t.deepEqual(
    problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
    [],
  );
});

test("openApiDocument() has a name, a tag and an example for every operation", (t) => {
  const tags = document.tags.map(({ name }) => name);
  for (const { route, operation } of operations) {
    t.regex(operation.operationId ?? "", /^[a-z][a-zA-Z]+$/, route);
    t.is(operation.tags?.length, 1, route);
    t.true(tags.includes(operation.tags?.[0] ?? ""), route);
    if (operation.requestBody !== undefined) assertExamples(operation.requestBody, `${route} request`);
    for (const [status, response] of Object.entries(operation.responses)) {
      // A redirect, or "not modified", has no content.
      if (status.startsWith("3")) continue;
      assertExamples(response, `${route} ${status}`);
    }
  }

  function assertExamples(described: Described, what: string): void {
    const { content = {} } = resolve(described);
    t.not(Object.keys(content).length, 0, what);
    for (const [type, media] of Object.entries(content)) {
      // Bytes cannot be written in JSON.
      if (media.schema?.format === "binary") continue;
      t.true("example" in media || Object.keys(media.examples ?? {}).length > 0, `${what} ${type}`);
    }
  }
});

test("openApiDocument() describes every problem by its status and the codes that have it", (t) => {
  for (const { route, operation } of operations) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue;
      t.is(response.$ref, `#/components/responses/Problem${status}`, route);
      t.like(document.components.schemas[`Problem${status}`], {
        properties: {
          status: { const: Number(status) },
          code: { enum: codesOf(Number(status)) },
        },
      });
    }
  }
});

test("openApiDocument() excludes names that routes refuse", (t) => {
  const patternOf = (path: string, name: string) => {
    const parameters = document.paths[path]?.get?.parameters ?? [];
    return new RegExp(parameters.find((parameter) => parameter.name === name)?.schema.pattern ?? "^$", "u");
  };
  const endpoint = patternOf("/{endpoint}", "endpoint");
  for (const name of RESERVED_ENDPOINTS) t.notRegex(name, endpoint);
  for (const name of ["job", "jobs2", "Jobs", "openapi_json", "a.b"]) t.regex(name, endpoint);
  for (const name of ["", "-a", "a-", "A", "a_b", "a".repeat(64)])
    t.notRegex(name, patternOf("/jobs", "api"));
  t.notRegex("", patternOf("/jobs", "cursor"));
  t.deepEqual(document.paths["/session"]?.delete?.security, [{ session: [] }]);
  t.deepEqual(document.paths["/session/links"]?.post?.security, [{ token: [] }]);
});

test("openApiDocument() links each job and API to its operations, by their parameters", (t) => {
  const known = new Map(operations.map(({ operation }) => [operation.operationId, operation]));
  const linked = operations.flatMap(({ operation }) =>
    Object.values(operation.responses).flatMap(({ links = {} }) => Object.values(links)),
  );
  t.true(linked.length > 0);
  for (const { operationId, parameters } of linked) {
    const inPath = known.get(operationId)?.parameters?.filter((parameter) => parameter.in === "path") ?? [];
    t.deepEqual(Object.keys(parameters).toSorted(), inPath.map(({ name }) => name).toSorted(), operationId);
  }
});

function codesOf(status: number): readonly string[] {
  return Object.entries(ERROR_CODES).flatMap(([code, row]) => (row.status === status ? [code] : []));
}

function resolve(described: Described): Described {
  if (described.$ref === undefined) return described;
  return document.components.responses[described.$ref.split("/").at(-1) ?? ""] ?? {};
}
