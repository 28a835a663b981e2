import { MillraceError } from "@millrace/core";
import type { Context } from "./context.ts";
import { type Engine, findEngine } from "./engine.ts";
import { type Image, localName } from "./image.ts";
import { findDigest, logIn, parseRegistry, type Registry, repositoryName } from "./registry.ts";
import { isDirty, revision } from "./revision.ts";
import { run, tryRun } from "./run-command.ts";

export interface PushOptions {
  readonly images: readonly Image[];
  /** `<account>.dkr.ecr.<region>.amazonaws.com` */
  readonly registry: string;
  readonly cluster: string;
  /** @default derived from the sources, see {@link revision} */
  readonly tag?: string | undefined;
  /** @default the first that works */
  readonly engine?: Engine | undefined;
}

/**
 * Pushes built images to the cluster's repositories, and returns each image's location by digest. Tags are immutable
 * there: an existing tag is left unchanged.
 */
export async function pushImages(
  context: Context,
  options: PushOptions,
): Promise<Readonly<Partial<Record<Image, string>>>> {
  const registry = parseRegistry(options.registry);
  const { tag } = await revision(context, options.tag);
  if (isDirty(tag)) {
    throw new MillraceError(
      "conflict",
      `Cannot push "${tag}": files differ from the commit, expected none to; commit, and build again`,
    );
  }
  const repositories = options.images.map(
    (image) => [image, repositoryName(options.cluster, image)] as const,
  );
  const engine = await findEngine(options.engine, context);
  const pushed: Partial<Record<Image, string>> = {};
  let loggedIn = false;
  for (const [image, repository] of repositories) {
    const target = { engine, registry, repository, tag };
    let digest = await findDigest(registry, target, context);
    if (digest !== undefined) context.say(`${repository}:${tag} is there already`);
    else {
      await requireBuilt(localName(image, tag), engine, context);
      if (!loggedIn) await logIn(registry, engine, context);
      loggedIn = true;
      digest = await push(localName(image, tag), target, context);
    }
    pushed[image] = `${registry.host}/${repository}@${digest}`;
  }
  return pushed;
}

async function requireBuilt(name: string, engine: Engine, { root, env }: Context): Promise<void> {
  const { code } = await tryRun([engine, "image", "inspect", name], { cwd: root, env });
  if (code === 0) return;
  throw new MillraceError(
    "not_found",
    `Cannot push "${name}": not built, expected it in ${engine}'s store; run \`npx pnpm@12 images:build\``,
  );
}

interface Target {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly repository: string;
  readonly tag: string;
}

async function push(name: string, target: Target, context: Context): Promise<string> {
  const { engine, registry, repository, tag } = target;
  const remote = `${registry.host}/${repository}:${tag}`;
  const options = { cwd: context.root, env: context.env };
  context.say(`pushing ${remote}`);
  await run([engine, "tag", name, remote], options);
  await run([engine, "push", remote], { ...options, shown: true });
  const digest = await findDigest(registry, target, context);
  if (digest !== undefined) return digest;
  throw new MillraceError(
    "unavailable",
    `Cannot find "${remote}": not there after it was pushed, expected its digest; push again`,
  );
}
