import {
  DescribeImagesCommand,
  type ECRClient,
  type ImageDetail,
  paginateDescribeImages,
} from "@aws-sdk/client-ecr";
import { IMAGES, type Image } from "../settings.ts";
import { errorName } from "./aws-clients.ts";
import type { Cluster } from "./cluster.ts";

/** The account's registry in the cluster's region. */
export function registryOf({ account, config }: Pick<Cluster, "account" | "config">): string {
  return `${account}.dkr.ecr.${config.region}.amazonaws.com`;
}

/** References to the cluster's images by digest; undefined until all of them are pushed. */
export async function pushedImages(
  { clients, names, account, config }: Cluster,
  tag: string | undefined,
): Promise<Readonly<Record<Image, string>> | undefined> {
  const found = await Promise.all(
    IMAGES.map(async (image) => {
      const repository = names.repositories[image];
      const digest = await digestOf(clients.ecr, repository, tag);
      return digest === undefined
        ? undefined
        : ([image, `${registryOf({ account, config })}/${repository}@${digest}`] as const);
    }),
  );
  if (found.some((entry) => entry === undefined)) return undefined;
  return Object.fromEntries(found as (readonly [Image, string])[]) as Record<Image, string>;
}

async function digestOf(
  ecr: ECRClient,
  repositoryName: string,
  tag: string | undefined,
): Promise<string | undefined> {
  try {
    if (tag !== undefined) {
      const input = { repositoryName, imageIds: [{ imageTag: tag }] };
      return (await ecr.send(new DescribeImagesCommand(input))).imageDetails?.[0]?.imageDigest;
    }
    const images: ImageDetail[] = [];
    const input = { repositoryName, filter: { tagStatus: "TAGGED" as const } };
    for await (const { imageDetails = [] } of paginateDescribeImages({ client: ecr }, input))
      images.push(...imageDetails);
    const newest = images.toSorted((a, b) => Number(b.imagePushedAt ?? 0) - Number(a.imagePushedAt ?? 0))[0];
    return newest?.imageDigest;
  } catch (error) {
    if (/RepositoryNotFound|ImageNotFound/.test(errorName(error))) return undefined;
    throw error;
  }
}
