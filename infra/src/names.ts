import type { ClusterConfig } from "./config/cluster-schema.ts";
import { IMAGES, type Image } from "./settings.ts";

/** Names of what belongs to a cluster. */
export interface ClusterNames {
  readonly cluster: string;
  /** Begins names that are the account's in all regions: of roles and budgets. */
  readonly global: string;
  /** Buckets' names are the world's: account and region make it the cluster's own. */
  readonly bucket: string;
  readonly table: string;
  readonly eventsQueue: string;
  readonly deadEventsQueue: string;
  readonly logGroups: { readonly jobs: string; readonly workers: string; readonly service: string };
  readonly repositories: Readonly<Record<Image, string>>;
  /** Path of the cluster's roles, and of those that workers act in. */
  readonly rolePath: string;
  readonly jobRolePath: string;
  readonly tokenSecret: string;
  readonly service: string;
  readonly stateKey: string;
}

/** @param account its id, or a reference to it */
export function clusterNames(
  { name, region }: Pick<ClusterConfig, "name" | "region">,
  account: string,
): ClusterNames {
  return {
    cluster: name,
    global: `${name}-${region}`,
    bucket: `${name}-${account}-${region}`,
    table: `${name}-ledger`,
    eventsQueue: `${name}-batch-events`,
    deadEventsQueue: `${name}-batch-events-dead`,
    logGroups: {
      jobs: `/millrace/${name}/jobs`,
      workers: `/millrace/${name}/workers`,
      service: `/millrace/${name}/service`,
    },
    repositories: Object.fromEntries(IMAGES.map((image) => [image, `millrace/${name}/${image}`])) as Record<
      Image,
      string
    >,
    rolePath: `/millrace/${name}/`,
    jobRolePath: `/millrace/${name}/jobs/`,
    tokenSecret: `millrace/${name}/token`,
    service: `${name}-control`,
    stateKey: `millrace/${name}/cluster.tfstate`,
  };
}
