import { type Backend, listUris, nothingSkipped, type SkippedFiles, skippedText } from "@millrace/core";
import type { Submission } from "@millrace/core/schemas";
import type { RequestContext } from "../http/types.ts";

const PASSED = "validations passed\n";

/**
 * Responds to `?dryRun=true` as Cortex does: the paths that the job would read, one per line, then
 * `validations passed`. Between them, lines that start with `skipped` say what would be left out; no path starts like
 * that.
 */
export async function answerDryRun(
  ctx: RequestContext,
  backend: Backend,
  submission: Submission,
): Promise<void> {
  const gone = new AbortController();
  ctx.res.once("close", () => gone.abort());
  const lines: string[] = [];
  if (submission.dataset.kind !== "item_list") {
    const skipped = nothingSkipped();
    const options = { signal: gone.signal, skipped };
    for await (const uris of listUris(backend.objects, submission.dataset, options)) {
      for (const uri of uris) lines.push(`${inOneLine(backend.objects.display(uri))}\n`);
    }
    lines.push(...skippedLines(skipped));
  }
  ctx.type = "text/plain; charset=utf-8";
  ctx.body = lines.join("") + PASSED;
}

function skippedLines(skipped: SkippedFiles): readonly string[] {
  const text = skippedText(skipped);
  const named = skipped.unreadableFiles.map(
    ({ file, reason }) => `skipped "${inOneLine(file)}": it ${reason}\n`,
  );
  return text === undefined ? [] : [...named, `skipped ${text}\n`];
}

/**
 * Escapes line breaks in a file's name: unescaped, readers of the response could take it for two files, or for its end.
 */
function inOneLine(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is written otherwise
  const breaks = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
  return path.replace(breaks, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
