import test from "ava";
import { openApiDocument } from "../../src/openapi/document.ts";
import { endpointRoutes, fixedRoutes } from "../../src/routes/table.ts";
import type { Services } from "../../src/services.ts";

test("openApiDocument() describes every route of the router, and no other", (t) => {
  const services = { limits: {} } as Services;
  const routes = [...fixedRoutes(services), ...endpointRoutes(services)].map(
    ({ method, path }) => `${method} ${path.replace(/[:*](\w+)/g, "{$1}")}`,
  );
  const document = openApiDocument("http://127.0.0.1:8080") as {
    openapi: string;
    paths: Record<string, Record<string, { security?: unknown[]; responses: Record<string, unknown> }>>;
    components: { schemas: Record<string, unknown> };
  };
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  t.deepEqual(described.toSorted(), routes.toSorted());
  t.is(document.openapi, "3.1.0");
  for (const name of ["Submission", "Problem", "Job"]) t.truthy(document.components.schemas[name], name);
  t.deepEqual(document.paths["/healthz"]?.get?.security, []);
  t.truthy(document.paths["/{endpoint}"]?.post?.responses["401"]);
  t.notThrows(() => JSON.stringify(document));
});
