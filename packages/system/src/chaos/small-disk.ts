import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetDisk } from "@millrace/chaos";

const DISK_BYTES = 256 * 1024 * 1024;

/** A separate in-memory file system that can be filled. */
export interface SmallDisk extends TargetDisk {
  readonly directory: string;
  /** Unmounts it with everything on it. */
  remove(): void;
}

/** Mounts a small disk, which requires root on Linux. Undefined where that is not allowed. */
export function mountSmallDisk(): SmallDisk | undefined {
  const directory = mkdtempSync(join(tmpdir(), "millrace-disk-"));
  try {
    const options = ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", directory];
    execFileSync("mount", options, { stdio: "ignore" });
  } catch {
    rmSync(directory, { recursive: true });
    return undefined;
  }
  const ballast = join(directory, "ballast");
  return {
    directory,
    fill: async () => fill(directory, ballast),
    free: async () => rmSync(ballast, { force: true }),
    remove: () => {
      execFileSync("umount", ["--lazy", directory], { stdio: "ignore" });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function fill(directory: string, ballast: string): void {
  const free = () => statfsSync(directory).bavail * statfsSync(directory).bsize;
  for (let bytes = free(); bytes > 0; bytes = Math.floor(bytes / 2)) {
    try {
      writeFileSync(ballast, Buffer.alloc(bytes), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
}
