import { existsSync, realpathSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

/** Installed packages with install scripts for which `allowBuilds` has no entry. */
export async function undecidedScripts(root: string): Promise<readonly string[]> {
  const decided = allowBuilds(await readFile(join(root, "pnpm-workspace.yaml"), "utf8"));
  const found = new Set<string>();
  for (const directory of await storedPackages(join(root, "node_modules", ".pnpm"))) {
    const { name, scripts = {} } = await manifestIn(directory);
    if (INSTALL_SCRIPTS.some((script) => scripts[script]) && !decided.has(name)) found.add(name);
  }
  return [...found].map(
    (name) =>
      `${name} has an install script: add it to allowBuilds of pnpm-workspace.yaml, with false if it works without`,
  );
}

/** Direct and indirect production dependencies of the packages whose license is not in the list. */
export async function otherLicenses(
  packages: readonly string[],
  allowed: readonly string[],
): Promise<readonly string[]> {
  const seen = new Set<string>();
  const problems: string[] = [];
  const visit = async (directory: string) => {
    if (seen.has(directory)) return;
    seen.add(directory);
    const manifest = await manifestIn(directory);
    const license = licenseOf(manifest);
    if (!isAllowed(license, allowed))
      problems.push(
        `${manifest.name}@${manifest.version} has the license "${license}", expected one of ${allowed.join(", ")}`,
      );
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      // Dependencies for other platforms and unused peers are not installed.
      const found = installedAt(directory, name);
      if (found !== undefined) await visit(found);
    }
  };
  for (const directory of packages) await visit(directory);
  return problems;
}

/** Names under `allowBuilds:`. */
function allowBuilds(workspace: string): ReadonlySet<string> {
  const block = /^allowBuilds:\n((?: +\S.*\n?)+)/m.exec(workspace)?.[1] ?? "";
  return new Set(
    [...block.matchAll(/^ +['"]?([^'":\s]+)['"]?: (?:true|false)$/gm)].map(([, name = ""]) => name),
  );
}

async function storedPackages(store: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(store)) {
    const modules = join(store, entry, "node_modules");
    if (!existsSync(modules)) continue;
    for (const child of await readdir(modules, { withFileTypes: true })) {
      // Links point to packages that have an entry of their own.
      if (!child.isDirectory()) continue;
      const path = join(modules, child.name);
      const scoped = child.name.startsWith("@") ? await readdir(path, { withFileTypes: true }) : undefined;
      const names = scoped?.filter((inner) => inner.isDirectory()).map((inner) => join(path, inner.name));
      found.push(...(names ?? [path]).filter((directory) => existsSync(join(directory, "package.json"))));
    }
  }
  return found;
}

function installedAt(from: string, name: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const path = join(directory, "node_modules", name);
    if (existsSync(path)) return realpathSync(path);
    if (dirname(directory) === directory) return undefined;
  }
}

async function manifestIn(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as Manifest;
}

function licenseOf({ license }: Manifest): string {
  return (typeof license === "object" ? license.type : license) ?? "none";
}

/** An SPDX expression: one side of an OR is enough, an AND needs both. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const plain = expression.replace(/[()]/g, "");
  return plain
    .split(" OR ")
    .some((side) => side.split(" AND ").every((name) => allowed.includes(name.trim())));
}
