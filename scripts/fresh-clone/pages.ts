import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type DocumentedCommand, documentedCommands } from "./documented-commands.ts";

const ROOT = resolve(import.meta.dirname, "..", "..");

/** The commands of every Markdown file that git tracks or does not ignore. */
export async function allDocumentedCommands(): Promise<readonly DocumentedCommand[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"];
  const { stdout } = await promisify(execFile)("git", args, { cwd: ROOT });
  const pages = [...new Set(stdout.split("\0"))].filter((page) => page !== "").sort();
  const found = pages.map(async (page) => documentedCommands(page, await readFile(join(ROOT, page), "utf8")));
  return (await Promise.all(found)).flat();
}
