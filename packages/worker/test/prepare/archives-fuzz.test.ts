import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArchive } from "@millrace/archive";
import { isMillraceError } from "@millrace/core";
import { brokenTarGz, FUZZ_RUNS, FUZZ_TIMEOUT_MS, unclearWords } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { unpackArchive } from "../../src/prepare/unpack-archive.ts";
import { temporaryDirectory } from "./archives.ts";

const LIMITS = { limitBytes: 50_000, limitFiles: 6 };
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

test("unpackArchive() writes what readArchive() reads, plain files inside its directory, or nothing", async (t) => {
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
      const files = await orRefused(filePaths(path));
      assert.equal(files !== undefined, isUnpacked);
      assert.deepEqual(filesIn(target).sort(), files?.sort() ?? []);
      rmSync(target, { recursive: true, force: true });
    }),
    { numRuns: UNPACK_RUNS, includeErrorInReport: true },
  );
  t.false(existsSync("/tmp/evil"));
});

async function filePaths(archivePath: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { kind, path } of readArchive(archivePath, LIMITS)) if (kind === "file") paths.push(path);
  return paths;
}

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
