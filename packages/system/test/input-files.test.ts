import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import test from "ava";
import { deployTypeScript, ECHO_TS, type FinishedJob, rowsOf, runJob, sharedPlatform } from "../src/mod.ts";

const platform = sharedPlatform(test);
test.serial.before("deploy", async () => void (await deployTypeScript(platform(), "echo", ECHO_TS)));

let directories = 0;

/** Runs a job over one file in a directory of its own. */
async function runFile(
  name: string,
  content: string | Uint8Array,
  fields: object = {},
): Promise<FinishedJob> {
  directories += 1;
  const directory = join(platform().files, `files-${directories}`);
  await mkdir(directory);
  await writeFile(join(directory, name), content);
  const delimited_files = { s3_paths: [`${directory}/`], batch_size: 2, ...fields };
  return runJob(platform(), "echo", { workers: 1, delimited_files });
}

const table = [
  { id: "1", text: "row 1, é" },
  { id: "2", text: 'say "hi"' },
  { id: "3", text: "" },
];
const csv = 'id,text\n1,"row 1, é"\n2,say "hi"\n3,\n';
const lines = '{"id": 1, "x": NaN}\n{"id": 2, "x": [-Infinity, "NaN"]}\n';
const read = [
  { id: 1, x: null },
  { id: 2, x: [null, "NaN"] },
];

/** An archive that Python's tarfile writes, in the format PAX. */
const archive = execFileSync("python3", [
  "-c",
  `
import io, sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
    for name, data in [("README", b"x"), ("d/1.json", b'{"n": 1.50}'), ("d/1.bin", bytes([255, 0])),
                       ("d/2.cls", b"7"), ("d/2." + "long" * 40 + ".txt", "é".encode())]:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
`,
]);
const samples = [
  { __key__: "d/1", json: { n: 1.5 }, bin: "/wA=" },
  { __key__: "d/2", cls: 7, [`${"long".repeat(40)}.txt`]: "é" },
];

const READ: Readonly<
  Record<string, readonly [name: string, content: string | Uint8Array, unknown[], object?]>
> = {
  "CSV whose lines end in \\r\\r\\n": ["a.csv", csv.replaceAll("\n", "\r\r\n"), table],
  "CSV whose lines end in \\r": ["a.csv", csv.replaceAll("\n", "\r"), table],
  "CSV with columns without a name and of one name": [
    "a.csv",
    ",a,a\n0,1,2\n",
    [{ column_1: "0", a: "1", a_2: "2" }],
  ],
  "CSV in UTF-16": ["a.csv", Buffer.from(`\ufeff${csv}`, "utf16le"), table],
  "CSV with semicolons": ["a.csv", csv.replace("id,", "id;").replaceAll(/^(\d),/gm, "$1;"), table],
  "a table with tabs": ["a.tsv", csv.replace("id,", "id\t").replaceAll(/^(\d),/gm, "$1\t"), table],
  "CSV with comments, bars and other quotes": [
    "a.log",
    "# x\nid|text\n1|'row 1, é'\n2|say \"hi\"\n#\n3|\n",
    table,
    { format: "csv", csv: { comment: "#", quote: "'" } },
  ],
  "lines of text": ["a.txt.gz", gzipSync('a b\r\n\nsay "hi"'), ["a b", "", 'say "hi"']],
  "a tar archive": ["a.tar", archive, samples],
  "a tar archive in zstd": ["a.tar.zst", zstdCompressSync(archive), samples],
  "CSV in zstd, in frames": [
    "a.csv.zst",
    Buffer.concat([zstdCompressSync(csv.slice(0, 9)), zstdCompressSync(csv.slice(9))]),
    table,
  ],
  "JSON in gzip without its ending": ["a.json", gzipSync(lines), read],
  "an array of objects": ["a.json", `[${lines.trim().replace("\n", ",\n")}]`, read],
  "an array of numbers": ["a.json", "[1, NaN]", [[1, null]]],
  "the elements of an array of numbers": ["a.json", "[1, NaN]", [1, null], { json_arrays: "items" }],
  "an array of objects as a whole": ["a.json", '[{"a":1}]', [[{ a: 1 }]], { json_arrays: "whole" }],
  "NaN and infinities": ["a.jsonl", lines, read],
  "NaN and infinities as texts": [
    "a.jsonl",
    lines,
    [
      { id: 1, x: "NaN" },
      { id: 2, x: ["-Infinity", "NaN"] },
    ],
    { nan: "string" },
  ],
};

for (const [what, [name, content, outputs, fields]] of Object.entries(READ))
  test(`a job reads ${what}`, async (t) => {
    const job = await runFile(name, content, fields);
    t.is(job.status.job_status.status, "succeeded", job.status.job_status.status_reason?.message);
    t.deepEqual(
      (await rowsOf(job)).map(({ output }) => output),
      outputs,
    );
  });

const REFUSED: Readonly<
  Record<string, readonly [name: string, content: string | Uint8Array, reason: RegExp]>
> = {
  "CSV that two delimiters explain": ["a.csv", "a;b,c\n1;2,3\n", /a\.csv" at line 1: .*semicolons/],
  "CSV in Windows-1252": ["a.csv", Buffer.from(csv, "latin1"), /a\.csv" at line 2: .*Windows-1252/],
  "a short record": ["a.csv", "a,b,c\n1,2\n", /a\.csv" at line 2: .*has 2 fields, expected 3/],
  "a sign-in page": ["a.json", "<!DOCTYPE html><html>", /a\.json": it is an HTML page/],
};

for (const [what, [name, content, reason]] of Object.entries(REFUSED))
  test(`a job over ${what} is refused with the reason`, async (t) => {
    const { status } = await runFile(name, content);
    t.is(status.job_status.status, "enqueue_failed");
    t.regex(status.job_status.status_reason?.message ?? "", reason);
  });

test("unreadable files are refused by name, or skipped and named, and no row is missing silently", async (t) => {
  const directory = join(platform().files, "left-out");
  await mkdir(Buffer.from(`${directory}/jahr\xe4nderung`, "latin1"), { recursive: true });
  await writeFile(join(directory, "a.ndjson"), '{"a":1}\n');
  await symlink("/mnt/not-mounted/b.ndjson", join(directory, "b.ndjson"));
  await writeFile(Buffer.from(`${directory}/jahr\xe4nderung/c.ndjson`, "latin1"), '{"a":3}\n{"a":4}\n');
  await writeFile(Buffer.from(`${directory}/d\xfc.ndjson`, "latin1"), '{"a":5}\n');
  const run = (fields: object) =>
    runJob(platform(), "echo", {
      workers: 1,
      delimited_files: { s3_paths: [`${directory}/`], batch_size: 10, ...fields },
    });
  const refused = await run({});
  t.is(refused.status.job_status.status_reason?.code, "object_unreadable");
  const skipping = await run({ skip_unreadable: true });
  t.is(skipping.status.job_status.status, "succeeded");
  t.is((await rowsOf(skipping)).length, 1);
  const texts: string[] = [];
  for await (const { text } of platform().client.logs("echo", skipping.jobId)) texts.push(text);
  t.is(texts.filter((text) => text.startsWith("Skipped ")).length, 3);
  t.true(
    texts.some((text) => text.endsWith("from 1 object; skipped 3 unreadable entries")),
    texts.join("\n"),
  );
});

test("a job that may be empty succeeds over nothing, and its output can be read and used as input", async (t) => {
  const job = await runFile("a.ndjson", "", { allow_empty: true });
  t.is(job.status.job_status.status, "succeeded");
  t.is(job.status.metrics.items.total, 0);
  t.deepEqual(await rowsOf(job), []);
  const output = join(job.status.job_status.output?.manifest ?? "", "..");
  const delimited_files = { s3_paths: [`${output}/`], batch_size: 1 };
  const next = await runJob(platform(), "echo", { workers: 1, delimited_files });
  t.is(next.status.job_status.status_reason?.code, "no_input");
  t.regex(next.status.job_status.status_reason?.message ?? "", /1 manifest of a job's output skipped/);
});
