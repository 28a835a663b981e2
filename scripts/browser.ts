import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Provides Chromium for the browser tests: installs Debian's package if it is missing. On other systems, set its path
 * in `MILLRACE_CHROMIUM`. `packages/system/src/browser.ts` starts it.
 */
const PROGRAM = process.env.MILLRACE_CHROMIUM || "/usr/bin/chromium";

if (!existsSync(PROGRAM)) {
  if (process.env.MILLRACE_CHROMIUM) fail(`Cannot find MILLRACE_CHROMIUM "${PROGRAM}"`);
  if (!existsSync("/usr/bin/apt-get") || process.getuid?.() !== 0) {
    fail('Cannot install the browser for the tests: expected root on Debian; install its package "chromium"');
  }
  console.log("installing Debian's chromium, once");
  apt("update");
  apt("install", "--yes", "--no-install-recommends", "chromium");
}
const { status, stdout } = spawnSync(PROGRAM, ["--version"], { encoding: "utf8" });
if (status !== 0) fail(`Cannot start "${PROGRAM}"`);
console.log(stdout.trim());

function apt(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) fail(`Cannot install the browser for the tests: apt-get ${args.join(" ")} failed`);
}

function fail(message: string): never {
  console.error(`${message}, or set MILLRACE_CHROMIUM to the path of a Chromium`);
  process.exit(1);
}
