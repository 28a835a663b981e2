import { type Backend, listUris } from "@millrace/core";
import type { Submission } from "@millrace/core/schemas";
import type { RouteContext } from "../http/types.ts";

const PASSED = "validations passed\n";

/** Answers `?dryRun=true` as Cortex does: the paths that the job would read, one a line, then `validations passed`. */
export async function answerDryRun(
  ctx: RouteContext,
  backend: Backend,
  submission: Submission,
): Promise<void> {
  const gone = new AbortController();
  ctx.res.once("close", () => gone.abort());
  const paths: string[] = [];
  if (submission.dataset.kind !== "item_list") {
    for await (const uris of listUris(backend.objects, submission.dataset, { signal: gone.signal })) {
      for (const uri of uris) paths.push(`${backend.objects.display(uri)}\n`);
    }
  }
  ctx.type = "text/plain; charset=utf-8";
  ctx.body = paths.join("") + PASSED;
}
