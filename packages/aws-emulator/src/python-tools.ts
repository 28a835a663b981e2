import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const MOTO = "moto[server]==5.2.5";
const run = promisify(execFile);

/** The Python interpreter that has moto. */
export function motoPython(cacheDirectory: string): Promise<string> {
  return pythonWith(MOTO, { cacheDirectory, name: "moto" });
}

/**
 * The Python interpreter that has a package of PyPI, installed once into a virtual environment of that name under
 * `cacheDirectory`. Several processes may ask at once: each waits for the one that installs.
 */
export async function pythonWith(
  requirement: string,
  { cacheDirectory, name }: { readonly cacheDirectory: string; readonly name: string },
): Promise<string> {
  const venv = join(cacheDirectory, name);
  const stamp = join(venv, "installed");
  const python = join(venv, "bin", "python");
  if ((await readFile(stamp, "utf8").catch(() => "")) === requirement) return python;
  await mkdir(venv, { recursive: true });
  // flock(1) of util-linux: the lock ends with the process, however that ends.
  const install =
    '[ "$(cat "$0/installed" 2>/dev/null)" = "$1" ] && exit 0; ' +
    'python3 -m venv "$0" && "$0/bin/pip" install --quiet --disable-pip-version-check "$1" && printf %s "$1" > "$0/installed"';
  await run("flock", [join(venv, "lock"), "sh", "-c", install, venv, requirement], {
    maxBuffer: 16 * 1024 * 1024,
  });
  await writeFile(stamp, requirement);
  return python;
}
