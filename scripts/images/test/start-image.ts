import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { assignments } from "../dockerfile/parse-dockerfile.ts";
import type { CarriedOut } from "./carry-out.ts";

/** Where the images keep the workspace: the only path in commands that a folder does not have. */
const WORKSPACE = "/opt/millrace/";

/** Starts what the image starts, with its environment and `over` on top; paths are those of the folder. */
export async function startImage(
  image: CarriedOut,
  over: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const { folder } = image;
  const exec = (name: string) => image.instructions.findLast((step) => step.name === name)?.exec ?? [];
  const [program = "", ...args] = [...exec("ENTRYPOINT"), ...exec("CMD")].map((word) => placed(word, folder));
  const env: Record<string, string> = {};
  for (const { name, text } of image.instructions) {
    if (name === "ENV") for (const [key, value = ""] of assignments(text)) env[key] = value;
  }
  for (const key of ["HOME", "TMPDIR", "MILLRACE_HOME"]) {
    if (env[key] === undefined) continue;
    env[key] = join(folder, env[key]);
    await mkdir(env[key], { recursive: true });
  }
  const bin = program === "node" ? [] : [await placedProgram(program, folder)];
  const path = [...bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
  return spawn(program, args, { cwd: folder, env: { ...env, ...over, PATH: path } });
}

/** How a process ended, and what it said last. */
export async function ended(
  child: ChildProcess,
): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdout?.resume();
  const [code] = await once(child, "close");
  return { code, stderr };
}

export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new TypeError("stdout is no pipe");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("It ended without a line");
}

/** A copy of a program of the image for which the workspace is where the folder has it; returns its directory. */
async function placedProgram(program: string, folder: string): Promise<string> {
  const original = join(folder, "usr/local/bin", program);
  const { mode } = await stat(original);
  const bin = `${folder}.bin`;
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, program), placed(await readFile(original, "utf8"), folder), { mode });
  return bin;
}

function placed(text: string, folder: string): string {
  return text.replaceAll(WORKSPACE, `${folder}${WORKSPACE}`);
}
