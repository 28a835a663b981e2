import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test, { type ExecutionContext } from "ava";
import { ParquetError } from "../src/mod.ts";
import { openBytes, readAll } from "./support/open-file.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..", "..");
const PYTHON = join(import.meta.dirname, "python");
/** The public collection apache/parquet-testing, where it lies beside the project. */
const COLLECTION = join(ROOT, "..", "shared", "data", "parquet-testing");
const LIBRARIES = [
  "pyarrow==26.0.1",
  "pandas==3.1.1",
  "polars==2.1.0",
  "duckdb==2.0.1",
  "fastparquet==2026.9.0",
];
const TIMEOUT_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

interface Comparison {
  readonly right: readonly string[];
  /** Files whose rows are others than pyarrow's, with the first difference. */
  readonly different: Readonly<Record<string, string>>;
  /** Files that pyarrow itself cannot read, with its words. */
  readonly unreadable: Readonly<Record<string, string>>;
}

function python(): Promise<string> {
  return pythonWith(LIBRARIES, { cacheDirectory: join(ROOT, ".cache"), name: "parquet-tools" });
}

async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-parquet-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the rows of each file beside it; returns what is said of those that are refused. */
async function readFolder(folder: string): Promise<Readonly<Record<string, string>>> {
  const refused: Record<string, string> = {};
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".parquet"))) {
    try {
      const file = await openBytes(await readFile(join(folder, name)));
      const rows = await readAll(file);
      await writeFile(join(folder, `${name}.ndjson`), rows.map((row) => `${row}\n`).join(""));
    } catch (error) {
      if (!(error instanceof ParquetError)) throw error;
      refused[name] = error.message;
    }
  }
  return refused;
}

async function compare(folder: string): Promise<Comparison> {
  const { stdout } = await run(await python(), [join(PYTHON, "compare_files.py"), folder], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return JSON.parse(stdout) as Comparison;
}

test.serial(
  "every file that pyarrow, pandas, Polars, DuckDB and fastparquet write has the values that pyarrow reads",
  async (t) => {
    t.timeout(TIMEOUT_MS);
    const folder = await temporaryFolder(t);
    const made = await run(await python(), [join(PYTHON, "make_files.py"), folder], {
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    const { written } = JSON.parse(made.stdout) as { readonly written: number };
    t.true(written > 1_700, `${written} files`);
    t.deepEqual(await readFolder(folder), {});
    const { right, different, unreadable } = await compare(folder);
    t.log(`${right.length} of ${written} files as pyarrow or, where it cannot, DuckDB reads them`);
    t.deepEqual({ different, unreadable }, { different: {}, unreadable: {} });
    t.is(right.length, written);
  },
);

test.serial("compare_files.py detects each kind of wrong value", async (t) => {
  t.timeout(TIMEOUT_MS);
  const folder = await temporaryFolder(t);
  const fixtures = join(import.meta.dirname, "fixtures");
  const wrong: Readonly<Record<string, readonly [string, string]>> = {
    "decimal-ids": ["9007199254740993", "9007199254740992"],
    "decimal-cents": ["100.00", "100.01"],
    "root-repeated-nulls": ['"f":1.0', '"f":1'],
    "nan-inf": ["-0.0", "0.0"],
    "text-with-bom": ["\ufeffusing", "using"],
    "time-of-day": [".123456", ".123"],
    "map-duplicate-keys": ['[["a",1],["a",2]]', '{"a":2}'],
    "struct-proto-key": ['"__proto__":1,', ""],
    "legacy-list": ['{"z":1},', ""],
  };
  for (const [name, [from, to]] of Object.entries(wrong)) {
    await copyFile(join(fixtures, `${name}.parquet`), join(folder, `${name}.parquet`));
    const rows = (await readAll(await openBytes(await readFile(join(folder, `${name}.parquet`))))).join("\n");
    t.true(rows.includes(from), name);
    await writeFile(join(folder, `${name}.parquet.ndjson`), `${rows.replace(from, to)}\n`);
  }
  const { right, different } = await compare(folder);
  t.deepEqual(right, []);
  t.deepEqual(Object.keys(different).length, Object.keys(wrong).length);
});

test.serial(
  "every file of the collection parquet-testing has the values that pyarrow reads, bad ones are refused",
  async (t) => {
    t.timeout(TIMEOUT_MS);
    const found = await readdir(COLLECTION).catch(() => undefined);
    if (!found) {
      t.log("skipped: the collection is not there");
      t.pass();
      return;
    }
    const folder = await temporaryFolder(t);
    for (const part of ["data", join("data", "geospatial"), "bad_data"]) {
      for (const name of await readdir(join(COLLECTION, part))) {
        if (name.endsWith(".parquet")) await copyFile(join(COLLECTION, part, name), join(folder, name));
      }
    }
    const refused = await readFolder(folder);
    const { right, different, unreadable } = await compare(folder);
    t.log(`${right.length} right, ${Object.keys(refused).length} refused`);
    t.deepEqual(Object.keys(refused).sort(), [
      "ARROW-GH-41317.parquet",
      "ARROW-GH-41321.parquet",
      "ARROW-GH-45185.parquet",
      "ARROW-GH-47662.parquet",
      "ARROW-RS-GH-6229-DICTHEADER.parquet",
      "ARROW-RS-GH-6229-LEVELS.parquet",
      "PARQUET-1481.parquet",
      // A text of a gibibyte, more than a string holds here.
      "large_string_map.brotli.parquet",
    ]);
    // Its last row is a day that pyarrow's timestamps cannot hold: it wraps around.
    t.deepEqual(Object.keys(different), ["int96_from_spark.parquet"]);
    t.regex(different["int96_from_spark.parquet"] ?? "", /^row 5, /);
    // "Map keys must be annotated as required": readers are told to take them for required.
    t.deepEqual(Object.keys(unreadable), ["incorrect_map_schema.parquet"]);
  },
);
