// The second entry of the package, `@millrace/backend-aws/permissions`: it loads nothing of the SDK.
export { controlPermissions } from "./control-permissions.ts";
export type { ClusterResources, PolicyStatement } from "./statement.ts";
export { workerPermissions } from "./worker-permissions.ts";
