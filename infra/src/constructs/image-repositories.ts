import { EcrLifecyclePolicy } from "@cdktf/provider-aws/lib/ecr-lifecycle-policy/index.js";
import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import { kept } from "../kept-data.ts";
import { IMAGES, type Image } from "../settings.ts";

const KEPT_IMAGES = 20;

/** Repositories for the platform's images. */
export class ImageRepositories extends Construct {
  readonly repositories: Readonly<Record<Image, EcrRepository>>;

  constructor(scope: Construct, id: string, { names, settings }: ClusterContext) {
    super(scope, id);
    const isProtected = settings.data !== "unprotect";
    const entries = IMAGES.map((image) => {
      const repository = kept(
        new EcrRepository(this, image, {
          name: names.repositories[image],
          imageTagMutability: "IMMUTABLE",
          imageScanningConfiguration: { scanOnPush: true },
          forceDelete: !isProtected,
          lifecycle: { preventDestroy: isProtected },
        }),
        image,
      );
      const policy = new EcrLifecyclePolicy(this, `${image}_lifecycle`, {
        repository: repository.name,
        policy: JSON.stringify({ rules: LIFECYCLE }),
      });
      kept(policy, image);
      return [image, repository] as const;
    });
    this.repositories = Object.fromEntries(entries) as Record<Image, EcrRepository>;
  }
}

const LIFECYCLE = [
  {
    rulePriority: 1,
    description: "Untagged images expire after a week",
    selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
    action: { type: "expire" },
  },
  {
    rulePriority: 2,
    description: `Keep the last ${KEPT_IMAGES}`,
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: KEPT_IMAGES },
    action: { type: "expire" },
  },
];
