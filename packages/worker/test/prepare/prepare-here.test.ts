import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMillraceError, type ObjectStore, silentLogger } from "@millrace/core";
import test from "ava";
import { prepareHere } from "../../src/prepare/prepare-here.ts";

test("prepareHere() refuses a scratch directory of another user", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "millrace-scratch-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o777);
  const { getuid } = process;
  process.getuid = () => 12_345;
  t.teardown(() => Object.assign(process, { getuid }));
  const error = await t.throwsAsync(
    prepareHere({
      api: { name: "sample", version: "1" } as never,
      objects: {} as ObjectStore,
      scratchDirectory: directory,
      onOutput: () => {},
      signal: new AbortController().signal,
      logger: silentLogger,
      env: {},
    }),
  );
  t.true(isMillraceError(error, "backend_misconfigured"));
  t.regex(error?.message ?? "", /belongs to user \d+, expected 12345/);
});
