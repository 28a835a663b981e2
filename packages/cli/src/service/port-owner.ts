import { readdir, readFile, readlink } from "node:fs/promises";
import { runProgram } from "../run-program.ts";
import type { App } from "../session.ts";

const LISTENING = "0A";
const SHOWN_CHARS = 60;
const HOME = "MILLRACE_HOME=";

/**
 * The process that listens on a port, such as `process 12 (node server.js)` or `another Millrace (process 12, home
 * /data)`; undefined if unknown, for example for another user's process.
 */
export async function portOwner(app: App, port: number): Promise<string | undefined> {
  const pid = process.platform === "linux" ? await linuxOwner(port) : await lsofOwner(app, port);
  if (pid === undefined) return undefined;
  const home = await homeOf(pid);
  if (home !== undefined) return `another Millrace (process ${pid}, home ${home})`;
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const shown = command.split("\0").join(" ").trim().slice(0, SHOWN_CHARS);
  return `process ${pid}${shown === "" ? "" : ` (${shown})`}`;
}

/** The home of a process, if it is a Millrace service. */
async function homeOf(pid: string): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  const home = environment.split("\0").find((entry) => entry.startsWith(HOME));
  return home?.slice(HOME.length);
}

async function linuxOwner(port: number): Promise<string | undefined> {
  const sockets = await listeningSockets(port);
  if (sockets.size === 0) return undefined;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    // Other users' processes and those that have just ended cannot be read.
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if (sockets.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""))) return pid;
    }
  }
  return undefined;
}

/** Names of the sockets, as /proc links to them; proc(5), /proc/net/tcp. */
async function listeningSockets(port: number): Promise<ReadonlySet<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8").catch(() => ""));
  const rows = (await Promise.all(tables))
    .flatMap((table) => table.split("\n"))
    .map((row) => row.trim().split(/\s+/));
  return new Set(
    rows
      .filter(([, local = "", , state]) => local.endsWith(suffix) && state === LISTENING)
      .map((row) => `socket:[${row[9]}]`),
  );
}

async function lsofOwner(app: App, port: number): Promise<string | undefined> {
  const end = await runProgram(app, ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-t"]);
  return end.kind === "done" ? end.stdout.trim().split("\n")[0] || undefined : undefined;
}
