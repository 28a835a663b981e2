import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { writeLines } from "../inputs/write-lines.ts";
import { interleave } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { installPython, pythonSites } from "../peers/install.ts";
import { deploy, type Platform, runJob, secondsSince } from "../platform.ts";
import { secondsOf } from "../run-command.ts";

const BENCH = join(import.meta.dirname, "..");
const BATCH_SIZE = 100;
const LOOP = "hand-written loop";
const RANDOM_VECTORS = `import numpy


class PythonPredictor:
    def __init__(self, config, job_spec):
        self.random = numpy.random.default_rng(5)

    def predict(self, payload):
        return self.random.standard_normal((len(payload), 768), dtype="float32")
`;

interface Workload {
  readonly api: string;
  readonly name: string;
  readonly items: number;
  readonly target: number;
  /** The loop's script, and its second argument. */
  readonly script: string;
  readonly argument: string;
  readonly file: string;
}

/**
 * Predictors that return a vector of floats for each item, one worker. Times include loading the model. Millrace and the
 * loop over texts write rows of JSON; the loop over random vectors writes one binary file, which is a limit.
 */
export async function embeddings(platform: Platform, options: BenchOptions): Promise<Line[]> {
  const fewer = options.quick ? 10 : 1;
  const folder = await mkdtemp(join(tmpdir(), "millrace-embed-"));
  try {
    const project = await writeProject(join(folder, "project"));
    await deploy(platform, join(project, "millrace.yaml"));
    const texts = { items: 20_000 / fewer, file: join(folder, "texts.csv") };
    await writeLines(texts.file, texts.items + 1, (i) =>
      i === 0
        ? "custom_id,text"
        : `text-${i},"review ${i} of a thing that somebody bought, and liked well enough to write about"`,
    );
    const numbers = { items: 100_000 / fewer, file: join(folder, "numbers.ndjson") };
    await writeLines(numbers.file, numbers.items, String);
    const lines: Line[] = [];
    const workloads: readonly Workload[] = [
      {
        ...texts,
        api: "texts",
        name: "256 floats a text, rows of JSON",
        target: 0.95,
        script: "embed-texts.py",
        argument: texts.file,
      },
      {
        ...numbers,
        api: "numbers",
        name: "768 floats an item, vs a .npy file",
        target: 0.8,
        script: "make-vectors.py",
        argument: String(numbers.items),
      },
    ];
    for (const workload of workloads)
      lines.push(await measure(platform, workload, { folder, rounds: options.rounds }));
    return lines;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeProject(project: string): Promise<string> {
  const python = await installPython();
  await mkdir(join(project, "numbers"), { recursive: true });
  await copyFile(join(BENCH, "inputs", "embed-texts.py"), join(project, "predictor.py"));
  await writeFile(join(project, "numbers", "predictor.py"), RANDOM_VECTORS);
  const sites = await pythonSites(python);
  const api = (name: string, path: string) =>
    `- { name: ${name}, kind: BatchAPI, predictor: { type: python, path: ${path}, env: { PYTHONPATH: ${JSON.stringify(sites)} } } }\n`;
  await writeFile(
    join(project, "millrace.yaml"),
    api("texts", "predictor.py") + api("numbers", "numbers/predictor.py"),
  );
  return project;
}

async function measure(
  platform: Platform,
  { api, name, items, target, script, argument, file }: Workload,
  { folder, rounds }: { readonly folder: string; readonly rounds: number },
): Promise<Line> {
  const ours = async () => {
    const delimited_files = { s3_paths: [file], batch_size: BATCH_SIZE };
    const submittedMs = Date.now();
    const status = await runJob(platform, api, { submission: { workers: 1, delimited_files } });
    if (status.metrics.items.succeeded !== items) throw new Error(JSON.stringify(status.job_status));
    return { rate: items / secondsSince(submittedMs, status) };
  };
  const theirs = async () => {
    const results = await mkdtemp(join(folder, "results-"));
    const project = join(folder, "project", api === "numbers" ? "numbers" : "");
    const command = [await installPython(), join(BENCH, "peers/loop", script), project, argument, results];
    const [seconds = Number.NaN] = await secondsOf([...command, String(BATCH_SIZE)]);
    await rm(results, { recursive: true });
    return { rate: items / seconds };
  };
  const sides = [
    { name: "Millrace", measure: ours },
    { name: LOOP, measure: theirs },
  ];
  const outcomes = await interleave(sides, rounds);
  const values = { values: "rate", ours: "Millrace", peer: LOOP, target } as const;
  return compare(outcomes, { name, unit: "items/s", better: "more", ...values });
}
