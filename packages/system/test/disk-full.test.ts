import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  finished,
  numbers,
  type Platform,
  poll,
  pythonPredict,
  rowsOf,
  startPlatform,
  statusOf,
  submit,
} from "../src/mod.ts";

/** Room for the rows three times: in the job's file, in its write-ahead log, and as output; and for compiled code. */
const DISK_BYTES = 48 * 1024 * 1024;
/** About 40 KB of output an item: 8 MB for 200 items. */
const BULKY = ["time.sleep(0.01)", 'return [f"{item}:" + "x" * 40_000 for item in payload]'];

const withSmallDisk = canMount() ? test : test.skip;

withSmallDisk("a job whose disk runs full waits, loses nothing, and ends once there is room", async (t) => {
  const { platform, disk } = await smallDisk(t);
  const outside = mkdtempSync(join(tmpdir(), "millrace-full-"));
  t.teardown(() => rmSync(outside, { recursive: true }));
  const isFull = join(outside, "full");
  // However slowly the test runs, there is something left to do when the disk is full.
  const wait = `while payload[0] >= 60 and not os.path.exists(${JSON.stringify(isFull)}): time.sleep(0.01)`;
  await deployPython(platform, "bulky", pythonPredict(wait, ...BULKY));
  const job = await submit(platform, "bulky", numbers(200, { workers: 2, batch_size: 2 }));
  await poll("some rows", async () => (await statusOf(job)).metrics.items.succeeded > 10);
  const ballast = fill(disk);
  writeFileSync(isFull, "");
  await poll("the stall", () =>
    hasStalled(() => statusOf(job).then(({ metrics }) => metrics.items.succeeded)),
  );
  t.is((await statusOf(job)).job_status.status, "running");
  t.regex((await statusOf(job)).job_status.waiting_for ?? "", /the disk of .* is full \(\d+ KiB are free\)/);
  rmSync(ballast);
  const { status } = await finished(job);
  t.is(status.job_status.status, "succeeded");
  t.true(
    status.job_status.worker_states.every(({ restarts }) => restarts === 0),
    "the workers wait",
  );
  const rows = await rowsOf(job);
  assertEachOnce(t, rows, 200);
  t.true(rows.every(({ index, output }) => String(output).startsWith(`${index}:`)));
  await assertScaledToZero(t, platform);
});

withSmallDisk(
  "a submission to a full disk is refused with 507, and accepted once there is room",
  async (t) => {
    const { platform, disk } = await smallDisk(t);
    await deployPython(platform, "bulky", pythonPredict(...BULKY));
    const ballast = fill(disk);
    const error = await t.throwsAsync<Error & { status?: number; code?: string }>(
      submit(platform, "bulky", numbers(4)),
    );
    t.deepEqual([error?.status, error?.code], [507, "disk_full"]);
    rmSync(ballast);
    const { status } = await finished(await submit(platform, "bulky", numbers(4)));
    t.is(status.job_status.status, "succeeded");
  },
);

/** A platform whose home is on a small disk of its own. */
async function smallDisk(t: ExecutionContext): Promise<{ platform: Platform; disk: string }> {
  const disk = mkdtempSync(join(tmpdir(), "millrace-disk-"));
  mount(disk);
  const home = join(disk, "home");
  mkdirSync(home);
  // Teardowns run last one first: the platform's comes before this.
  t.teardown(() => unmount(disk));
  return { platform: await startPlatform(t, { home }), disk };
}

/** Fills the disk to the last block. Returns the file to remove. */
function fill(disk: string): string {
  const ballast = join(disk, "ballast");
  for (
    let bytes = statfsSync(disk).bavail * statfsSync(disk).bsize;
    bytes > 0;
    bytes = Math.floor(bytes / 2)
  ) {
    try {
      writeFileSync(ballast, Buffer.alloc(bytes), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  return ballast;
}

/** True when the value is the same a second later. */
async function hasStalled(look: () => Promise<number>): Promise<boolean> {
  const before = await look();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return (await look()) === before;
}

function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "millrace-disk-"));
  try {
    mount(directory);
    return true;
  } catch {
    return false;
  } finally {
    unmount(directory);
  }
}

function mount(directory: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", directory], { stdio: "ignore" });
}

function unmount(directory: string): void {
  try {
    execFileSync("umount", [directory], { stdio: "ignore" });
  } catch {}
  rmSync(directory, { recursive: true, force: true });
}
