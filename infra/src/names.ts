import type { ClusterConfig } from "./config/cluster-schema.ts";
import { IMAGES, type Image } from "./settings.ts";

/** Names of the cluster's resources. */
export interface ClusterNames {
  readonly cluster: string;
  /** Prefix of names that are shared by all regions of the account: roles and budgets. */
  readonly global: string;
  /** Bucket names are global: account and region make this one unique to the cluster. */
  readonly bucket: string;
  readonly table: string;
  readonly eventsQueue: string;
  readonly deadEventsQueue: string;
  readonly logGroups: { readonly jobs: string; readonly workers: string; readonly service: string };
  readonly repositories: Readonly<Record<Image, string>>;
  /** Path of the cluster's roles, including those of workers. */
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
