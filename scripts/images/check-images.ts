import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "./context.ts";
import { parseDockerfile } from "./dockerfile/parse-dockerfile.ts";
import { checkPolicy } from "./dockerfile/policy.ts";
import { hadolint } from "./hadolint.ts";
import { dockerfilePath, IMAGES } from "./image.ts";

/** Problems with the Dockerfiles, one per line, as far as they can be found without an engine. */
export async function checkImages(context: Context): Promise<readonly string[]> {
  const paths = IMAGES.map(dockerfilePath);
  const problems = paths.map(async (path) => {
    const file = parseDockerfile(await readFile(join(context.root, path), "utf8"));
    return checkPolicy(file).map(({ line, rule, message }) => `${path}:${line} ${rule}: ${message}`);
  });
  return [...(await Promise.all(problems)).flat(), ...(await hadolint(context, paths))];
}
