import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join, posix, sep } from "node:path";
import { type Link, type Page, readMarkdown } from "./markdown.ts";

export interface Checked {
  readonly pages: number;
  readonly links: number;
  /** Each with file and line. */
  readonly problems: readonly string[];
}

/**
 * Checks every link and image in every Markdown file below a folder, without the network: files exist, anchors match
 * headings, addresses are https, and `docs/index.md` names every page of `docs`.
 */
export async function checkLinks(root: string): Promise<Checked> {
  const pages = new Map<string, Page>();
  for await (const name of glob("**/*.md", { cwd: root, exclude: isForeign })) {
    const path = name.split(sep).join("/");
    pages.set(path, readMarkdown(await readFile(join(root, name), "utf8")));
  }
  const problems: string[] = [];
  let links = 0;
  for (const [path, page] of [...pages].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const link of page.links) {
      links += 1;
      const problem = problemOf(link, { root, path, pages });
      if (problem !== undefined) problems.push(`${path}:${link.line}: ${link.target}: ${problem}`);
    }
  }
  return { pages: pages.size, links, problems: [...problems, ...notInIndex(pages)] };
}

/** Installed packages, service state, caches. */
function isForeign(name: string): boolean {
  return /(^|[\\/])(node_modules|cdktf\.out|\.[^\\/]+)$/.test(name);
}

interface Place {
  readonly root: string;
  readonly path: string;
  readonly pages: ReadonlyMap<string, Page>;
}

function problemOf({ target }: Link, place: Place): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return externalProblem(target, place.pages);
  if (target.startsWith("/")) return "is absolute, which is another place on every site; write it relative";
  const [encoded = "", anchor] = target.split("#");
  const path = encoded === "" ? place.path : posix.join(dirname(place.path), decodeURIComponent(encoded));
  if (path.startsWith("..")) return "is outside the repository";
  if (!existsSync(join(place.root, path))) return `there is no file "${path}"`;
  if (anchor === undefined) return undefined;
  const page = place.pages.get(path);
  if (page === undefined) return `has an anchor, but "${path}" is no Markdown`;
  if (!page.anchors.has(decodeURIComponent(anchor))) return `there is no heading "#${anchor}" in "${path}"`;
  return undefined;
}

function externalProblem(target: string, pages: ReadonlyMap<string, Page>): string | undefined {
  if (target.startsWith("mailto:")) return undefined;
  if (!URL.canParse(target)) return "is no address";
  const { protocol, pathname } = new URL(target);
  if (protocol !== "https:") return `has the scheme "${protocol}", expected "https:"`;
  const own = [...pages.keys()].find((page) => page.startsWith("docs/") && pathname.endsWith(`/${page}`));
  return own === undefined ? undefined : `is a page of this repository: link "${own}" itself`;
}

function notInIndex(pages: ReadonlyMap<string, Page>): readonly string[] {
  const index = pages.get("docs/index.md");
  if (index === undefined) return ["docs/index.md: there is no such page"];
  const named = new Set(index.links.map(({ target }) => posix.join("docs", target.split("#")[0] ?? "")));
  return [...pages.keys()]
    .filter((path) => path.startsWith("docs/") && path !== "docs/index.md" && !named.has(path))
    .map((path) => `${path}: is not named in docs/index.md`);
}
