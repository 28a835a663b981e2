import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { repository } from "./fakes.ts";

/** Every file of a folder, relative to it, with its size; links are not followed. */
export async function listFiles(folder: string): Promise<ReadonlyMap<string, number>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = files.map(async (file) => [relative(folder, file), (await stat(file)).size] as const);
  return new Map(await Promise.all(sizes));
}

/** What users other than the owner cannot read, or enter: workers run as a user that owns nothing in the image. */
export async function closedToOthers(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const checked = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const needed = entry.isDirectory() ? 0o005 : 0o004;
    const open = entry.isSymbolicLink() || ((await stat(path)).mode & needed) === needed;
    return open ? [] : [relative(folder, path)];
  });
  return (await Promise.all(checked)).flat();
}

/** Packages that only development needs: no manifest of the workspace names them among its `dependencies`. */
export async function developmentPackages(): Promise<readonly string[]> {
  const packages = (await readdir(join(repository, "packages"))).map((name) => join("packages", name));
  const development = new Set<string>();
  const production = new Set<string>();
  for (const folder of ["", ...packages]) {
    const manifest = JSON.parse(await readFile(join(repository, folder, "package.json"), "utf8"));
    for (const name of Object.keys(manifest.devDependencies ?? {})) development.add(name);
    // Of these two everything is for tests.
    if (/backend-suite|system/.test(folder)) continue;
    for (const name of Object.keys(manifest.dependencies ?? {})) production.add(name);
  }
  return [...development].filter((name) => !production.has(name) && !name.startsWith("@millrace/"));
}
