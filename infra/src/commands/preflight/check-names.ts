import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { KEPT_DATA } from "../../kept-data.ts";
import { IMAGES } from "../../settings.ts";
import { errorName, httpStatus } from "../aws-clients.ts";
import type { Cluster } from "../cluster.ts";
import { isInState, type readState } from "../outputs.ts";
import { type Finding, failed, ok } from "./finding.ts";

type State = Awaited<ReturnType<typeof readState>>;

/** Checks that the cluster's resources do not exist yet, unless Terraform knows them or they will be adopted. */
export async function checkNames(
  cluster: Cluster,
  { state, adopt }: { readonly state: State; readonly adopt: boolean },
): Promise<readonly Finding[]> {
  const { names } = cluster;
  const looks = [
    { address: "aws_s3_bucket.objects", what: `bucket ${names.bucket}`, look: () => hasBucket(cluster) },
    { address: "aws_dynamodb_table.ledger", what: `table ${names.table}`, look: () => hasTable(cluster) },
    ...IMAGES.map((image) => ({
      address: `aws_ecr_repository.${image}`,
      what: `repository ${names.repositories[image]}`,
      look: () => hasRepository(cluster, names.repositories[image]),
    })),
  ].filter(({ address }) => KEPT_DATA.includes(address) && !isInState(state, address));
  const findings = await Promise.all(
    looks.map(async ({ what, look }) => {
      const found = await look();
      if (adopt) {
        return found
          ? ok(`${what} will be taken over`)
          : failed(`${what} does not exist`, "leave out --adopt-data");
      }
      if (!found) return undefined;
      return failed(
        `${what} exists, but not in Terraform's state`,
        "take over what an earlier cluster left with --adopt-data, or choose another name",
      );
    }),
  );
  const problems = findings.filter((finding) => finding !== undefined);
  return problems.length > 0 ? problems : [ok("names are free, or already this cluster's")];
}

async function hasBucket({ clients, names }: Cluster): Promise<boolean> {
  try {
    await clients.s3.send(new HeadBucketCommand({ Bucket: names.bucket }));
    return true;
  } catch (error) {
    // It exists, but belongs to another account.
    if (httpStatus(error) === 403) return true;
    if (httpStatus(error) === 404) return false;
    throw error;
  }
}

async function hasTable({ clients, names }: Cluster): Promise<boolean> {
  return isThere(clients.dynamodb.send(new DescribeTableCommand({ TableName: names.table })));
}

async function hasRepository({ clients }: Cluster, name: string): Promise<boolean> {
  return isThere(clients.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })));
}

async function isThere(look: Promise<unknown>): Promise<boolean> {
  try {
    await look;
    return true;
  } catch (error) {
    if (/NotFound/.test(errorName(error))) return false;
    throw error;
  }
}
