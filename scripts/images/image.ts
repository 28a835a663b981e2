import { join } from "node:path";
import { MillraceError } from "@millrace/core";

/** The platform's images, which also give repositories and folders their names. */
export const IMAGES = ["control", "worker-cpu", "worker-gpu"] as const;
export type Image = (typeof IMAGES)[number];

/** Paths are relative to the repository's root, which is the build context. */
export const dockerfilePath = (image: Image) => join("images", image, "Dockerfile");
export const ignoreFilePath = (image: Image) => `${dockerfilePath(image)}.dockerignore`;
export const localName = (image: Image, tag: string) => `millrace/${image}:${tag}`;

/** The named images, or all. @throws {MillraceError} invalid_request */
export function parseImages(names: readonly string[]): readonly Image[] {
  const unknown = names.find((name) => !IMAGES.some((image) => image === name));
  if (unknown !== undefined) {
    throw new MillraceError(
      "invalid_request",
      `Cannot take image "${unknown}": unknown, expected ${IMAGES.join(", ")}`,
    );
  }
  return names.length === 0 ? IMAGES : IMAGES.filter((image) => names.includes(image));
}
