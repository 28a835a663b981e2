import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "@millrace/core";
import { parseDockerfile } from "./dockerfile/parse-dockerfile.ts";
import { dockerfilePath, type Image } from "./image.ts";

export const WANTED_FILE = join("images", "base-images.json");
export const LOCK_FILE = join("images", "base-images.lock.json");

/** Base images by their build argument, such as `NODE_IMAGE`. */
export type BaseImages = Readonly<Record<string, string>>;

/** The wanted tags, such as `docker.io/library/node:24.21.0-trixie-slim`. */
export async function wantedBaseImages(root: string): Promise<BaseImages> {
  return JSON.parse(await readFile(join(root, WANTED_FILE), "utf8")) as BaseImages;
}

/**
 * The base images of an image as `<name>@sha256:<digest>`. @throws {MillraceError} invalid_config when the lock lacks
 * one
 */
export async function pinnedBaseImages(root: string, image: Image): Promise<BaseImages> {
  const wanted = await wantedBaseImages(root);
  const locked = await readLock(root);
  const { args } = parseDockerfile(await readFile(join(root, dockerfilePath(image)), "utf8"));
  return Object.fromEntries([...args.keys()].map((name) => [name, pinned(name, { wanted, locked })]));
}

function pinned(
  name: string,
  { wanted, locked }: { readonly wanted: BaseImages; readonly locked: BaseImages },
): string {
  const tag = wanted[name] ?? "";
  const [lockedTag, digest = ""] = locked[name]?.split("@") ?? [];
  if (lockedTag !== tag || !isDigest(digest)) {
    const state = locked[name] === undefined ? "not locked" : `locked as "${locked[name]}"`;
    throw unlocked(`Cannot use ${name} "${tag}": ${state}, expected "${tag}@sha256:…" in ${LOCK_FILE}`);
  }
  // Without the tag: podman rejects a reference with both.
  return `${tag.replace(/:[^:/]+$/, "")}@${digest}`;
}

/** Whether `text` is the digest of a manifest. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

async function readLock(root: string): Promise<BaseImages> {
  try {
    return JSON.parse(await readFile(join(root, LOCK_FILE), "utf8")) as BaseImages;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT" && !(cause instanceof SyntaxError)) throw cause;
    const state = cause instanceof SyntaxError ? "not JSON" : "missing";
    throw unlocked(`Cannot read ${LOCK_FILE}: ${state}, expected the digests of the base images`, cause);
  }
}

function unlocked(message: string, cause?: unknown): MillraceError {
  return new MillraceError(
    "invalid_config",
    `${message}; run \`npx pnpm@12 images:lock\` and commit the file`,
    {
      cause,
    },
  );
}
