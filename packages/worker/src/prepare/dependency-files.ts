import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The text of a project's file; undefined when it does not exist. */
export async function readProjectFile(projectDir: string, path: string): Promise<string | undefined> {
  return readFile(join(projectDir, path), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EISDIR") return undefined;
    throw error;
  });
}

/** The lines of a requirements file without comments and empty lines. */
export function requirementLines(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** True when a requirements file only names packages from an index, so that its text describes it completely. */
export function isSelfContained(lines: readonly string[]): boolean {
  const remote =
    /^(--(index-url|extra-index-url|pre|prefer-binary|only-binary|no-binary|require-hashes|trusted-host)\b|-i\s)/;
  const named =
    /^[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\])?\s*(@\s*(https?|git\+https?):|[<>=!~;(]|--hash|\\|$)/;
  // pip treats such a name as a file of the project.
  const archive = /^[^@\s;]+\.(whl|zip|tar\.\w+|tgz)\b/i;
  return lines.every(
    (line) => remote.test(line) || /^--hash=/.test(line) || (named.test(line) && !archive.test(line)),
  );
}

/** The fields of a package.json that affect its installation. */
export interface PackageJson {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly workspaces?: unknown;
  readonly pnpm?: unknown;
}

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare"];

/** True when an installation needs only package.json and the lock file from the project. */
export function isPortable(packageJson: PackageJson): boolean {
  if (packageJson.workspaces !== undefined || packageJson.pnpm !== undefined) return false;
  if (INSTALL_SCRIPTS.some((name) => packageJson.scripts?.[name] !== undefined)) return false;
  return dependencyRanges(packageJson).every(
    (range) => !/^(file:|link:|workspace:|portal:|patch:|\.|\/|~\/)/.test(range),
  );
}

/** The version ranges in a package.json, for all kinds of dependencies. */
export function dependencyRanges(packageJson: PackageJson): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies } = packageJson;
  return Object.values({ ...optionalDependencies, ...devDependencies, ...dependencies });
}

/** A cache key: 32 hexadecimal digits, hashed from all parts. */
export function environmentKey(kind: string, parts: readonly string[]): string {
  return `${kind}-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32)}`;
}

/** What compiled packages depend on besides the interpreter. */
export function machineName(): string {
  const header = process.report?.getReport?.() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return [process.platform, process.arch, header?.header?.glibcVersionRuntime ?? ""].join(" ");
}
