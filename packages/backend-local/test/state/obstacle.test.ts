import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { obstacleOf } from "../../src/state/obstacle.ts";

/** A file system of a few megabytes, which takes root on Linux. */
function mountSmall(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "millrace-obstacle-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", directory], { stdio: "ignore" });
    return directory;
  } catch {
    rmSync(directory, { recursive: true });
    return undefined;
  }
}

test("obstacleOf() is undefined when the disk has room", async (t) => {
  t.is(await obstacleOf(tmpdir()), undefined);
});

test("obstacleOf() names the disk that has no room for another group of commits", async (t) => {
  const directory = mountSmall();
  if (directory === undefined) return t.pass();
  t.teardown(() => {
    execFileSync("umount", [directory]);
    rmSync(directory, { recursive: true });
  });
  const expected = `the disk of ${directory} is full (4096 KiB are free): make room, and the job continues by itself`;
  t.is(await obstacleOf(directory), expected);
});
