import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const MOTO = "moto[server]==5.2.5";
const run = promisify(execFile);

/**
 * The Python interpreter that has moto, installed once into a virtual environment under `cacheDirectory`.
 * Several processes may ask at once: each waits for the one that installs.
 */
export async function motoPython(cacheDirectory: string): Promise<string> {
  const venv = join(cacheDirectory, "moto");
  const stamp = join(venv, "installed");
  const python = join(venv, "bin", "python");
  if ((await readFile(stamp, "utf8").catch(() => "")) === MOTO) return python;
  await mkdir(venv, { recursive: true });
  // flock(1) of util-linux: the lock ends with the process, however that ends.
  const install =
    '[ "$(cat "$0/installed" 2>/dev/null)" = "$1" ] && exit 0; ' +
    'python3 -m venv "$0" && "$0/bin/pip" install --quiet --disable-pip-version-check "$1" && printf %s "$1" > "$0/installed"';
  await run("flock", [join(venv, "lock"), "sh", "-c", install, venv, MOTO], { maxBuffer: 16 * 1024 * 1024 });
  await writeFile(stamp, MOTO);
  return python;
}
