import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ExecutionContext } from "ava";
import { LOCK_FILE, WANTED_FILE } from "../base-images.ts";
import type { Context } from "../context.ts";
import { dockerfilePath, IMAGES } from "../image.ts";

export const repository = resolve(import.meta.dirname, "..", "..", "..");
export const DIGEST = `sha256:${"5".repeat(64)}`;

/** Of the workspace. */
export const { version } = JSON.parse(await readFile(join(repository, "package.json"), "utf8")) as {
  readonly version: string;
};

/** A repository with the images' files, and programs that note what they were asked. */
export interface Fakes {
  readonly context: Context;
  readonly said: string[];
  /** Each call of a fake program, in order: its name and arguments, then what it read. */
  calls(): Promise<readonly string[]>;
}

/** @param programs shell scripts by the name of the program; `$*` are its arguments */
export async function fakes(
  t: ExecutionContext,
  { programs = {}, locked = true }: { programs?: Readonly<Record<string, string>>; locked?: boolean } = {},
): Promise<Fakes> {
  const root = await mkdtemp(join(tmpdir(), "millrace-images-"));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const path of ["package.json", WANTED_FILE, ...IMAGES.map(dockerfilePath)]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(join(repository, path), join(root, path));
  }
  if (locked) {
    const wanted = JSON.parse(await readFile(join(root, WANTED_FILE), "utf8")) as Record<string, string>;
    const pinned = Object.entries(wanted).map(([name, tag]) => [name, `${tag}@${DIGEST}`]);
    await writeFile(join(root, LOCK_FILE), JSON.stringify(Object.fromEntries(pinned)));
  }
  const bin = join(root, ".bin");
  await mkdir(bin);
  const log = join(root, ".calls");
  await writeFile(log, "");
  for (const [name, script] of Object.entries(programs)) {
    const text = `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> ${log}\n${script.replaceAll("$LOG", log)}\n`;
    await writeFile(join(bin, name), text);
    await chmod(join(bin, name), 0o755);
  }
  const said: string[] = [];
  // Of the machine's own programs only what the scripts need: its Docker must not be found.
  await writeFile(join(bin, "cat"), '#!/bin/sh\nexec /bin/cat "$@"\n', { mode: 0o755 });
  return {
    context: { root, env: { PATH: bin }, say: (line) => said.push(line) },
    said,
    calls: async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== ""),
  };
}

/** git in a checkout whose files are as the commit. */
export const CLEAN_GIT = 'case "$1" in rev-parse) echo 0123456789abcdef0123456789abcdef01234567;; esac';
/** git in a checkout with a changed file. */
export const DIRTY_GIT = `${CLEAN_GIT}\ncase "$1" in status) echo " M README.md";; esac`;
