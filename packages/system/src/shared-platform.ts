import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestFn } from "ava";
import { assertScaledToZero } from "./assertions.ts";
import { Platform, type PlatformOptions } from "./platform.ts";

/**
 * One platform for all tests of a file, for tests that do not harm the service. When all have passed, asserts that it
 * has scaled to zero.
 */
export function sharedPlatform(test: TestFn, options: PlatformOptions = {}): () => Platform {
  let platform: Platform | undefined;
  test.serial.before("start the platform", async () => {
    platform = new Platform(await mkdtemp(join(tmpdir(), "millrace-system-")), options);
    await platform.start();
  });
  test.after("no process is left of any job", async (t) => {
    if (platform) await assertScaledToZero(t, platform);
  });
  test.after.always("end the platform", async () => {
    await platform?.destroy();
  });
  return () => {
    if (!platform) throw new TypeError("Cannot use the platform: it did not start");
    return platform;
  };
}
