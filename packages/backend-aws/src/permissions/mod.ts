// The package's second entry point, `@millrace/backend-aws/permissions`: it does not load the SDK.
export { controlPermissions } from "./control-permissions.ts";
export type { ClusterResources, PolicyStatement } from "./statement.ts";
export { workerPermissions } from "./worker-permissions.ts";
