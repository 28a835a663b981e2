import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { writeLines } from "../inputs/write-lines.ts";
import { interleave, type Side } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { installNode } from "../peers/install.ts";
import { deploy, type Platform, peakMib, root, startPlatform } from "../platform.ts";
import { secondsOf } from "../run-command.ts";

const BATCH_SIZE = 64;
const PROJECT = {
  "millrace.yaml":
    "- { name: idle, kind: BatchAPI, predictor: { type: typescript, path: idle.ts }, compute: { gpu: 64 } }\n",
  "idle.ts": "export class Predictor { predict() {} }\n",
};

interface Input {
  readonly name: string;
  readonly kind: "delimited_files" | "file_path_lister";
  /** The file's extension, which determines its format; empty for a folder. */
  readonly extension: string;
  /** What one would write by hand for as many items: a script in `peers/loop` and its name in the table. */
  readonly limit: { readonly script: string; readonly name: string };
  readonly items: number;
  readonly target?: number;
  write(path: string, items: number): Promise<void>;
}

/**
 * Time from submission until the last batch is queued, for each kind of dataset, compared with only reading and parsing
 * it.
 */
export async function enqueue(_: Platform, options: BenchOptions): Promise<Line[]> {
  const lines: Line[] = [];
  for (const input of inputs(options)) {
    const folder = await mkdtemp(join(tmpdir(), "millrace-enqueue-"));
    try {
      lines.push(...(await measureInput(input, { folder, rounds: options.rounds })));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return lines;
}

function inputs({ quick }: BenchOptions): readonly Input[] {
  const fewer = quick ? 10 : 1;
  const kind = "delimited_files";
  return [
    {
      name: "NDJSON lines",
      extension: ".ndjson",
      kind,
      limit: { script: "parse-lines.ts", name: "read + JSON.parse" },
      items: 5_000_000 / fewer,
      target: 0.7,
      write: (path, items) => writeLines(path, items, jsonLine),
    },
    {
      name: "CSV records",
      extension: ".csv",
      kind,
      limit: { script: "parse-csv.ts", name: "read + csv-parse" },
      items: 2_000_000 / fewer,
      write: (path, items) =>
        writeLines(path, items + 1, (i) =>
          i === 0 ? "id,text,score" : `item-${i},"some text, quoted",${i % 997}`,
        ),
    },
    {
      name: "Parquet rows",
      extension: ".parquet",
      kind,
      limit: { script: "parse-parquet.ts", name: "hyparquet, all columns" },
      items: 2_000_000 / fewer,
      write: writeParquet,
    },
    {
      name: "files of a directory",
      extension: "",
      kind: "file_path_lister",
      limit: { script: "list-files.ts", name: "recursive readdir" },
      items: 200_000 / fewer,
      write: writeFiles,
    },
  ];
}

async function measureInput(
  input: Input,
  { folder, rounds }: { readonly folder: string; readonly rounds: number },
): Promise<Line[]> {
  const many = join(folder, `many${input.extension}`);
  const few = join(folder, `few${input.extension}`);
  await input.write(many, input.items);
  await input.write(few, input.items / 100);
  const ours: Side = {
    name: "Millrace",
    async measure() {
      const { seconds, mib } = await enqueueOnce(input, many);
      return { rate: input.items / seconds, mib };
    },
  };
  const limit: Side = {
    name: input.limit.name,
    async measure() {
      const script = join(import.meta.dirname, "..", "peers", "loop", input.limit.script);
      const [seconds = 0] = await secondsOf([process.execPath, script, many, await installNode()]);
      return { rate: input.items / seconds };
    },
  };
  const smaller: Side = {
    name: "a hundredth of them",
    measure: async () => ({ mib: (await enqueueOnce(input, few)).mib }),
  };
  const outcomes = await interleave([ours, limit, smaller], rounds);
  const count = input.items.toLocaleString("en-US");
  const { target } = input;
  return [
    compare(outcomes, {
      name: `enqueue ${count} ${input.name}`,
      unit: "items/s",
      better: "more",
      values: "rate",
      ours: "Millrace",
      peer: limit.name,
      ...(target !== undefined && { target }),
    }),
    compare(outcomes, {
      name: `peak memory of the service, ${count} ${input.name}`,
      unit: "MiB",
      better: "less",
      values: "mib",
      ours: "Millrace",
      peer: smaller.name,
      target: 1.2,
    }),
  ];
}

/**
 * Uses a fresh service, so that its peak memory is that of this job. The API requires GPUs that do not exist, so that
 * no worker runs.
 */
async function enqueueOnce({ kind }: Input, path: string): Promise<{ seconds: number; mib: number }> {
  const platform = await startPlatform();
  try {
    await deploy(platform, PROJECT);
    const submission = { workers: 1, [kind]: { s3_paths: [path], batch_size: BATCH_SIZE } };
    const { job_id } = await platform.client.submit("idle", submission);
    for (;;) {
      const { job_status } = await platform.client.job("idle", job_id);
      // The job starts waiting for its workers once everything is queued.
      if (job_status.start_time !== null) {
        const seconds = (Date.parse(job_status.start_time) - Date.parse(job_status.created_time)) / 1_000;
        return { seconds, mib: await peakMib(platform.pid) };
      }
      if (job_status.end_time !== null) throw new Error(JSON.stringify(job_status.status_reason));
      await new Promise((done) => setTimeout(done, 100));
    }
  } finally {
    await platform.stop();
  }
}

function jsonLine(i: number): string {
  return `{"custom_id":"item-${i}","text":"a line of about a hundred bytes for the scanner","score":${i % 997},"tags":["a","b"]}`;
}

async function writeParquet(path: string, items: number): Promise<void> {
  const require = createRequire(join(root, "packages", "core", "package.json"));
  const { parquetWriteBuffer } = require("hyparquet-writer");
  const column = (make: (i: number) => unknown) => Array.from({ length: items }, (_, i) => make(i));
  const columnData = [
    { name: "id", data: column((i) => `item-${i}`), type: "STRING" },
    { name: "score", data: column((i) => i % 997), type: "INT32" },
  ];
  const bytes: ArrayBuffer = parquetWriteBuffer({ columnData, rowGroupSize: 100_000 });
  await writeFile(path, new Uint8Array(bytes));
}

/** A thousand files per folder, as cameras and crawlers produce them. */
async function writeFiles(path: string, items: number): Promise<void> {
  for (let i = 0; i < items; i += 1_000) {
    const folder = join(path, String(i / 1_000).padStart(4, "0"));
    await mkdir(folder, { recursive: true });
    const names = Array.from({ length: Math.min(1_000, items - i) }, (_, j) => `${i + j}.jpg`);
    await Promise.all(names.map((name) => writeFile(join(folder, name), "")));
  }
}
