import { readdirSync } from "node:fs";
import { RESERVED_ENDPOINTS } from "@millrace/core/schemas";
import test from "ava";
import { RESERVED_SEGMENTS, ROUTES } from "../../src/routes/table.ts";

test("ROUTES has one route for each file beside it, named for the route's id", (t) => {
  const files = readdirSync(new URL("../../src/routes", import.meta.url));
  const kebab = (id: string) => id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const expected = [...ROUTES.map(({ id }) => `${kebab(id)}.ts`), "route.ts", "table.ts"];
  t.deepEqual(files.toSorted(), expected.toSorted());
});

test("RESERVED_SEGMENTS are the names that core refuses as endpoints", (t) => {
  t.deepEqual([...RESERVED_SEGMENTS].filter(Boolean).toSorted(), RESERVED_ENDPOINTS.toSorted());
});
