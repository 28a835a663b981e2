import { readYamlConfig } from "@millrace/core/schemas";
import { checkCluster } from "./check-cluster.ts";
import { type ClusterConfig, ClusterConfigSchema } from "./cluster-schema.ts";

/**
 * Parses a `cluster.yaml` and fills in defaults.
 *
 * @throws {MillraceError} invalid_config: all mistakes at once, each with line, column and field
 */
export function parseCluster(text: string, options: { readonly file: string }): ClusterConfig {
  const { value, refuse } = readYamlConfig(text, {
    ...options,
    schema: ClusterConfigSchema,
    expected: {
      contents: "an object with at least the cluster's region",
      together: "a file describes one cluster",
    },
  });
  const errors = checkCluster(value);
  if (errors.length > 0) throw refuse(errors);
  return value;
}
