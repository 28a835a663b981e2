import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMillraceError } from "@millrace/core";
import { brokenTarGz, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { archiveFiles, unpackArchive } from "../../src/prepare/unpack-archive.ts";
import { temporaryDirectory } from "./archives.ts";

const LIMITS = { limitBytes: 50_000, limitFiles: 4 };
/** Half a format's: the service's reader takes the other half. */
const READ_RUNS = FUZZ_RUNS / 2;
/** Each makes files and removes them. */
const UNPACK_RUNS = FUZZ_RUNS / 10;

/** What a reader gives, or undefined where it refuses the archive in clear words. */
async function orRefused<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!isMillraceError(error, "invalid_archive")) throw error;
    const unclear = unclearWords(error.message);
    assert.equal(unclear, undefined, `"${unclear}" is not clear in: ${error.message}`);
    return undefined;
  }
}

test("archiveFiles() reads any broken archive, or refuses it in clear words", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const path = join(temporaryDirectory(t), "a.tar.gz");
  let read = 0;
  await fc.assert(
    fc.asyncProperty(brokenTarGz, async (bytes) => {
      writeFileSync(path, bytes);
      const files = await orRefused(archiveFiles(path, LIMITS));
      if (files) read += 1;
      assert.ok((files ?? []).length <= LIMITS.limitFiles);
    }),
    { numRuns: READ_RUNS, includeErrorInReport: true },
  );
  t.true(read > READ_RUNS / 20, String(read));
});

test("unpackArchive() writes what archiveFiles() reads, plain files inside of its directory, or nothing", async (t) => {
  t.timeout(FUZZ_TIMEOUT_MS);
  const dir = temporaryDirectory(t);
  const path = join(dir, "a.tar.gz");
  const target = join(dir, "v", "out");
  await fc.assert(
    fc.asyncProperty(brokenTarGz, async (bytes) => {
      writeFileSync(path, bytes);
      const isUnpacked = (await orRefused(unpackArchive(path, target, LIMITS).then(() => true))) ?? false;
      assert.deepEqual(readdirSync(dir).sort(), ["a.tar.gz", "v"]);
      assert.deepEqual(readdirSync(join(dir, "v")), isUnpacked ? ["out"] : []);
      const files = await orRefused(archiveFiles(path, LIMITS));
      assert.equal(files !== undefined, isUnpacked);
      assert.deepEqual(filesIn(target).sort(), files?.map((file) => file.path).sort() ?? []);
      rmSync(target, { recursive: true, force: true });
    }),
    { numRuns: UNPACK_RUNS, includeErrorInReport: true },
  );
  t.false(existsSync("/tmp/evil"));
});

/** Paths of the plain files below a directory; anything else is a fault. */
function filesIn(directory: string, below = ""): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(join(directory, below)).flatMap((name) => {
    const path = below === "" ? name : `${below}/${name}`;
    const stat = lstatSync(join(directory, path));
    if (stat.isDirectory()) return filesIn(directory, path);
    assert.ok(stat.isFile() && stat.size <= LIMITS.limitBytes && stat.nlink === 1, path);
    return [path];
  });
}
