import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../platform.ts";

/**
 * Copies the example's images the given number of times, each copy to its own folder, and reads every copy once, so
 * that all measured systems find the files in the page cache. Returns the number of images.
 */
export async function copyImages(folder: string, copies: number): Promise<number> {
  let images = 0;
  for (let copy = 0; copy < copies; copy++) {
    const target = join(folder, `copy-${copy}`);
    await cp(join(root, "examples", "image-classifier", "images"), target, { recursive: true });
    const names = await readdir(target);
    for (const name of names) await readFile(join(target, name));
    images += names.length;
  }
  return images;
}
