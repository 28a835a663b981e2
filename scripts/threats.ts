import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Checks that every test named in `docs/security.md` exists under that exact title, and that every threat names one.
 */
const root = resolve(import.meta.dirname, "..");
const PAGE = "docs/security.md";
/** A test named on the page: its title, and a link to its file. */
const NAMED = /^- `(.+)` \(\[[^\]]+\]\(\.\.\/([^)]+)\).*\)$/;

const problems: string[] = [];
let threat: { readonly title: string; tests: number } | undefined;
let count = 0;

for (const line of readFileSync(join(root, PAGE), "utf8").split("\n")) {
  const title = /^### (T\d+ .+)$/.exec(line)?.[1];
  if (title !== undefined || line.startsWith("## ")) endThreat(title);
  const [, test, file] = NAMED.exec(line) ?? [];
  if (test === undefined || file === undefined) {
    if (threat !== undefined && line.startsWith("- ")) problems.push(`${PAGE}: "${line}" is no test`);
    continue;
  }
  if (threat === undefined) problems.push(`${PAGE}: "${test}" stands under no threat`);
  else threat.tests += 1;
  count += 1;
  const path = join(root, file);
  if (!existsSync(path)) problems.push(`${PAGE}: ${file} is not there`);
  else if (!hasTest(readFileSync(path, "utf8"), test))
    problems.push(`${PAGE}: ${file} has no test "${test}"`);
}
endThreat(undefined);

for (const problem of problems) console.error(problem);
console.log(`threats: ${count} tests named, ${problems.length} problems`);
process.exit(problems.length === 0 && count > 0 ? 0 : 1);

/** A title with interpolations appears in the file unchanged, in backquotes. */
function hasTest(text: string, title: string): boolean {
  return ['"', "`"].some((quote) => text.includes(quote + title + quote));
}

function endThreat(next: string | undefined): void {
  if (threat?.tests === 0) problems.push(`${PAGE}: "${threat.title}" names no test`);
  threat = next === undefined ? undefined : { title: next, tests: 0 };
}
