import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import { type BaseImages, isDigest, LOCK_FILE, wantedBaseImages } from "./base-images.ts";
import type { Context } from "./context.ts";
import { type Engine, findEngine } from "./engine.ts";
import { run } from "./run-command.ts";

/** Asks the registries for the current digests of the wanted tags, and writes them to the lock. */
export async function lockBaseImages(context: Context, wantedEngine?: Engine): Promise<BaseImages> {
  const engine = await findEngine(wantedEngine, context);
  const locked: Record<string, string> = {};
  for (const [name, tag] of Object.entries(await wantedBaseImages(context.root))) {
    const digest = await resolveDigest(tag, engine, context);
    if (!isDigest(digest)) {
      throw new MillraceError(
        "unavailable",
        `Cannot lock "${tag}": the registry answered "${digest}", expected sha256:…`,
      );
    }
    locked[name] = `${tag}@${digest}`;
    context.say(`${name} ${locked[name]}`);
  }
  const path = join(context.root, LOCK_FILE);
  await writeFile(`${path}.new`, `${JSON.stringify(locked, null, 2)}\n`);
  await rename(`${path}.new`, path);
  context.say(`written to ${LOCK_FILE}; commit it`);
  return locked;
}

/** The digest of the tag's multi-platform manifest. */
async function resolveDigest(tag: string, engine: Engine, { root, env }: Context): Promise<string> {
  const options = { cwd: root, env };
  // podman itself only knows the digest of images that it has pulled.
  if (engine === "podman") {
    return run(["skopeo", "inspect", "--no-tags", "--format", "{{.Digest}}", `docker://${tag}`], options);
  }
  const format = ["--format", "{{json .Manifest}}"];
  const manifest = await run(["docker", "buildx", "imagetools", "inspect", tag, ...format], options);
  return String((JSON.parse(manifest) as { digest?: unknown }).digest);
}
