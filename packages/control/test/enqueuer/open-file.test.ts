import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLocalWorkerBackend } from "@millrace/backend-local";
import { MillraceError, type ObjectStore, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { openFile } from "../../src/enqueuer/open-file.ts";
import { temporaryDirectory } from "../helpers/harness.ts";

async function setUp(t: ExecutionContext) {
  const directory = await temporaryDirectory(t);
  const backend = await openLocalWorkerBackend({ home: join(directory, "home"), logger: silentLogger });
  t.teardown(() => backend.ledger.close());
  const file = join(directory, "a.ndjson");
  await writeFile(file, "1\n");
  const skipped: string[] = [];
  const options = { id: 0, spoolUri: backend.objects.jobUri("JOB", "spool-0") };
  const skip = (reason: string) => skipped.push(reason);
  return { objects: backend.objects, file, skipped, options, skipping: { ...options, skip } };
}

test("openFile() skips a file that vanished after it was listed, and refuses it without skip", async (t) => {
  const { objects, file, skipped, options, skipping } = await setUp(t);
  const stat = await objects.stat(file);
  await rm(file);
  t.is(await openFile(objects, stat, skipping), undefined);
  t.deepEqual(skipped, ["vanished after it was listed"]);
  await t.throwsAsync(openFile(objects, stat, options), { code: "input_changed", message: /a\.ndjson/ });
});

test("openFile() does not skip a file that has changed, because it can be read", async (t) => {
  const { objects, file, skipped, skipping } = await setUp(t);
  const stat = await objects.stat(file);
  await writeFile(file, "1\n2\n");
  await t.throwsAsync(openFile(objects, stat, skipping), { code: "input_changed" });
  t.deepEqual(skipped, []);
});

test("openFile() skips a file that may not be read, but none because of system or content errors", async (t) => {
  const { objects, file, skipped, skipping } = await setUp(t);
  const stat = await objects.stat(file);
  const failing = (code: "object_unreadable" | "unavailable"): ObjectStore => ({
    ...objects,
    read: async () => {
      throw new MillraceError(code, "Cannot read it");
    },
  });
  t.is(await openFile(failing("object_unreadable"), stat, skipping), undefined);
  t.deepEqual(skipped, ["cannot be read: Cannot read it"]);
  await t.throwsAsync(openFile(failing("unavailable"), stat, skipping), { code: "unavailable" });
  await writeFile(file, "%PDF-1.7\n");
  const changed = await objects.stat(file);
  await t.throwsAsync(openFile(objects, changed, skipping), { code: "malformed_input", message: /a PDF/ });
  t.is(skipped.length, 1);
});
