import { readFile } from "node:fs/promises";
import { relative } from "node:path";

const KINDS = ["dependencies", "devDependencies", "optionalDependencies"] as const;
/** An exact version; our own packages by `workspace:` or `link:`; aliases by `npm:`. */
const EXACT =
  /^(?:(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?|workspace:\*|link:\.\.\/[\w./-]+)$/;

/** Dependencies whose version is a range or comes from somewhere other than the registry. */
export async function inexactVersions(
  root: string,
  manifests: readonly string[],
): Promise<readonly string[]> {
  const problems = manifests.map(async (path) => {
    const manifest = JSON.parse(await readFile(path, "utf8")) as Record<string, Record<string, string>>;
    return KINDS.flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([, version]) => !EXACT.test(version))
      .map(
        ([name, version]) => `${relative(root, path)}: ${name} is "${version}", expected an exact version`,
      );
  });
  return (await Promise.all(problems)).flat();
}
