import { resolve } from "node:path";
import { isMillraceError } from "@millrace/core";
import { buildImages } from "./build-images.ts";
import { checkImages } from "./check-images.ts";
import { parseCommand } from "./command-line.ts";
import type { Context } from "./context.ts";
import { lockBaseImages } from "./lock-base-images.ts";
import { pushImages } from "./push-images.ts";

/** `node scripts/images/main.ts lock|build|push|check`: the container images, see images/README.md. */
const context: Context = {
  root: resolve(import.meta.dirname, "..", ".."),
  env: process.env,
  // stdout is for other programs: names of built images, digests of pushed ones.
  say: (line) => console.error(line),
};

async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommand(argv);
  if (command.name === "lock") await lockBaseImages(context, command.engine);
  if (command.name === "build") console.log((await buildImages(context, command)).join("\n"));
  if (command.name === "push") console.log(JSON.stringify(await pushImages(context, command)));
  if (command.name !== "check") return 0;
  const problems = await checkImages(context);
  for (const problem of problems) console.error(problem);
  console.log(`images: ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isMillraceError(error)) throw error;
  console.error(error.message);
  process.exitCode = error.code === "invalid_request" ? 2 : 1;
}
