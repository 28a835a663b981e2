import { join } from "node:path";
import { checkLinks } from "./check-links.ts";

/** `node scripts/links/main.ts` checks every link of every Markdown file of the repository, without the network. */
const { pages, links, problems } = await checkLinks(join(import.meta.dirname, "..", ".."));
for (const problem of problems) console.error(problem);
console.log(`links: ${links} in ${pages} pages, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
