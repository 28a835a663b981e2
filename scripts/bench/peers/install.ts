import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../platform.ts";
import { runCommand, tryCommand } from "../run-command.ts";

/** Outside the source tree and separate from every other installation. */
const CACHE = join(root, ".cache", "bench", "peers");
const PEERS = import.meta.dirname;

/** Python with Ray, Dask, Celery and ONNX Runtime, installed once. @throws {Error} when the installation fails */
export function installPython(): Promise<string> {
  return installVenv("python");
}

/** The directory of that Python's packages, for projects that use the same builds through PYTHONPATH. */
export async function pythonSites(python: string): Promise<string> {
  return runCommand([python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"]);
}

/** Python with PyTorch: several gigabytes, only for machines with a GPU. @throws {Error} when the installation fails */
export function installTorch(): Promise<string> {
  return installVenv("torch");
}

async function installVenv(name: string): Promise<string> {
  const requirements = join(PEERS, name, "requirements.txt");
  const venv = join(CACHE, name);
  const python = join(venv, "bin", "python");
  await once(join(CACHE, `${name}.installed`), await readFile(requirements, "utf8"), async () => {
    const pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await runCommand(["python3", "-m", "venv", "--clear", venv]);
    await runCommand([...pip, "-r", requirements]);
  });
  return python;
}

/**
 * A `node_modules` with BullMQ, Koa, autocannon and hyparquet, installed once. @throws {Error} when the installation
 * fails
 */
export async function installNode(): Promise<string> {
  const folder = join(CACHE, "node");
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
  const texts = await Promise.all(files.map((file) => readFile(join(PEERS, "node", file), "utf8")));
  await once(join(CACHE, "node.installed"), texts.join("\n"), async () => {
    await mkdir(folder, { recursive: true });
    for (const file of files) await copyFile(join(PEERS, "node", file), join(folder, file));
    await runCommand(["npx", "-y", "pnpm@12", "--dir", folder, "install", "--frozen-lockfile"]);
  });
  return join(folder, "node_modules");
}

/**
 * Debian's Redis, installed if it is missing and this process is root on Debian. @throws {Error} when it is unavailable
 */
export async function installRedis(): Promise<string> {
  const program = "redis-server";
  if (await tryCommand([program, "--version"])) return program;
  if (!existsSync("/usr/bin/apt-get") || process.getuid?.() !== 0)
    throw new Error(
      'no redis-server on PATH, and this is not root on Debian: install its package "redis-server"',
    );
  console.log("installing Debian's redis-server, once");
  // With this runlevel, Debian installs Redis without starting its service.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", "redis-server"]]) {
    const { status } = spawnSync("apt-get", ["-qq", ...args], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error(`apt-get ${args.join(" ")} failed`);
  }
  return program;
}

/** Runs `install` unless the stamp file already contains the same text. */
async function once(stamp: string, text: string, install: () => Promise<void>): Promise<void> {
  if ((await readFile(stamp, "utf8").catch(() => undefined)) === text) return;
  await mkdir(CACHE, { recursive: true });
  console.log(`installing peers into ${stamp.replace(/\.installed$/, "")}, once`);
  await install();
  await writeFile(stamp, text);
}
