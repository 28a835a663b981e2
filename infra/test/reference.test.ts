import { readFileSync, writeFileSync } from "node:fs";
import test from "ava";
import { fieldTable, type Property } from "../../scripts/field-table.ts";
import { ClusterConfigSchema } from "../src/config/cluster-schema.ts";

const PAGE = new URL("../../docs/reference/cluster-configuration.md", import.meta.url);

test("the reference page of cluster.yaml matches its schema", (t) => {
  const table = fieldTable(ClusterConfigSchema.toJSONSchema({ io: "input" }) as Property);
  const page = `<!-- Generated from infra/src/config/cluster-schema.ts; update it with: MILLRACE_UPDATE=1 ava test/reference.test.ts -->

# cluster.yaml

The fields of a cluster's configuration. Unknown fields are refused, and the error suggests the nearest known name. [How to use it](../how-to/deploy-to-aws.md).

${table}
`;
  if (process.env.MILLRACE_UPDATE === "1") writeFileSync(PAGE, page);
  t.is(readFileSync(PAGE, "utf8"), page);
});
