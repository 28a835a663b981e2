import { readFile } from "node:fs/promises";
import { relative } from "node:path";

/** Packages in a lockfile without a SHA-512 of their content, or from somewhere other than the registry. */
export async function unverifiedPackages(root: string, lockfile: string): Promise<readonly string[]> {
  const shown = relative(root, lockfile);
  const text = await readFile(lockfile, "utf8");
  const section = /^packages:\n([\s\S]*?)^snapshots:$/m.exec(text)?.[1];
  if (section === undefined) return [`${shown}: no packages, expected a lockfile of pnpm`];
  return section
    .split(/\n(?= {2}\S)/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "" && !/^ {4}resolution: \{integrity: sha512-[\w+/]{86}==\}$/m.test(entry))
    .map((entry) => `${shown}: ${entry.split("\n", 1)[0]} has no integrity hash of the registry's archive`);
}
