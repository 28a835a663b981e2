import { pinnedBaseImages } from "./base-images.ts";
import type { Context } from "./context.ts";
import { type Engine, findEngine } from "./engine.ts";
import { dockerfilePath, type Image, ignoreFilePath, localName } from "./image.ts";
import { revision } from "./revision.ts";
import { run } from "./run-command.ts";

/** The only tested platform, and that of the cluster's machines. */
const DEFAULT_PLATFORM = "linux/amd64";

export interface BuildOptions {
  readonly images: readonly Image[];
  /** @default derived from the sources, see {@link revision} */
  readonly tag?: string | undefined;
  /** @default DEFAULT_PLATFORM */
  readonly platform?: string | undefined;
  /** @default the first that works */
  readonly engine?: Engine | undefined;
}

/** Builds images into the engine's local store, and returns their names there. */
export async function buildImages(context: Context, options: BuildOptions): Promise<readonly string[]> {
  const { images, platform = DEFAULT_PLATFORM } = options;
  // Checked for all images first, so that a missing one is reported before minutes have passed.
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
  // Attestations would turn the image into an index and appear as a second, untagged image in ECR.
  if (engine === "docker") return ["docker", "buildx", "build", "--load", "--provenance=false"];
  // The OCI format has no HEALTHCHECK, and podman does not find the ignore file beside the Dockerfile by itself.
  return ["podman", "build", "--format=docker", `--ignorefile=${ignoreFilePath(image)}`];
}
