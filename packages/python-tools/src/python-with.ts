import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The Python interpreter that has the given packages of PyPI, installed once into a virtual environment of that name
 * under `cacheDirectory`. Several processes may ask at once: each waits for the one that installs.
 */
export async function pythonWith(
  requirements: string | readonly string[],
  { cacheDirectory, name }: { readonly cacheDirectory: string; readonly name: string },
): Promise<string> {
  const wanted = [requirements].flat();
  const venv = join(cacheDirectory, name);
  const python = join(venv, "bin", "python");
  const stamp = wanted.join(" ");
  if ((await readFile(join(venv, "installed"), "utf8").catch(() => "")) === stamp) return python;
  await mkdir(cacheDirectory, { recursive: true });
  // Cleared first: `venv` does not repair what an interrupted installation left, such as an environment without pip.
  // flock(1) of util-linux: the lock ends with the process, however that ends.
  const install =
    'venv="$0"; stamp="$1"; shift; [ "$(cat "$venv/installed" 2>/dev/null)" = "$stamp" ] && exit 0; ' +
    'python3 -m venv --clear "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" && ' +
    'printf %s "$stamp" > "$venv/installed"';
  await run("flock", [`${venv}.lock`, "sh", "-c", install, venv, stamp, ...wanted], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return python;
}
