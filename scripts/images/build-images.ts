import { pinnedBaseImages } from "./base-images.ts";
import type { Context } from "./context.ts";
import { type Engine, findEngine } from "./engine.ts";
import { dockerfilePath, type Image, ignoreFilePath, localName } from "./image.ts";
import { revision } from "./revision.ts";
import { run } from "./run-command.ts";

/** The only one that is tested, and what the cluster's machines are. */
export const DEFAULT_PLATFORM = "linux/amd64";

export interface BuildOptions {
  readonly images: readonly Image[];
  /** @default what the sources are, see {@link revision} */
  readonly tag?: string | undefined;
  /** @default DEFAULT_PLATFORM */
  readonly platform?: string | undefined;
  /** @default the first that works */
  readonly engine?: Engine | undefined;
}

/** Builds images into the engine's own store, and returns their names there. */
export async function buildImages(context: Context, options: BuildOptions): Promise<readonly string[]> {
  const { images, platform = DEFAULT_PLATFORM } = options;
  // All of them first: what is missing is told before minutes have passed.
  const bases = await Promise.all(images.map((image) => pinnedBaseImages(context.root, image)));
  const engine = await findEngine(options.engine, context);
  const { tag, commit } = await revision(context, options.tag);
  const names: string[] = [];
  for (const [index, image] of images.entries()) {
    const name = localName(image, tag);
    const buildArguments = { ...bases[index], VERSION: tag, REVISION: commit ?? "" };
    const command = [
      ...builder(engine, image),
      ...["--platform", platform, "--file", dockerfilePath(image), "--tag", name],
      ...Object.entries(buildArguments).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
      ".",
    ];
    context.say(`building ${name}`);
    await run(command, { cwd: context.root, env: context.env, shown: true });
    names.push(name);
  }
  return names;
}

function builder(engine: Engine, image: Image): readonly string[] {
  // Attestations would make an index of the image, and show as a second, untagged one in ECR.
  if (engine === "docker") return ["docker", "buildx", "build", "--load", "--provenance=false"];
  // OCI's format has no HEALTHCHECK; podman does not find the ignore file beside the Dockerfile by itself.
  return ["podman", "build", "--format=docker", `--ignorefile=${ignoreFilePath(image)}`];
}
