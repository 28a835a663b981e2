import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ratioChart } from "./chart.ts";
import type { Machine } from "./machine.ts";
import type { Line } from "./measure.ts";
import { root } from "./platform.ts";
import { markdownTable } from "./table.ts";

interface CaseReport {
  readonly name: string;
  readonly quick: boolean;
  readonly rounds: number;
  /** Average number of processes that wanted a core in the minute before it began. */
  readonly loadBefore: number;
  readonly seconds: number;
  readonly lines: readonly Line[];
}

export interface Report {
  readonly machine: Machine;
  readonly cases: readonly CaseReport[];
}

const DOCS = join(root, "docs");
const PAGE = join(DOCS, "benchmarks.md");
const JSON_FILE = join(DOCS, "benchmarks.json");
const BEGIN = "<!-- figures: written by `npx pnpm@12 bench --publish` -->";
const END = "<!-- end of figures -->";

/** Saves this run's measurements, outside the source tree. */
export async function writeReport(report: Report): Promise<void> {
  const folder = join(root, ".cache", "bench");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "results.json"), `${JSON.stringify(report, null, 2)}\n`);
}

/** Writes the figures to the docs; figures of cases that this run did not measure are kept. */
export async function publish(report: Report): Promise<void> {
  const text = await readFile(JSON_FILE, "utf8").catch(() => undefined);
  const merged = mergeReports(text === undefined ? undefined : JSON.parse(text), report);
  const images = join(DOCS, "images", "benchmarks");
  await mkdir(images, { recursive: true });
  for (const { name, lines } of merged.cases) {
    const chart = ratioChart(
      name,
      lines.filter((line) => "ours" in line),
    );
    if (chart) await writeFile(join(images, `${name}.svg`), chart);
  }
  await writeFile(JSON_FILE, `${JSON.stringify(merged, null, 2)}\n`);
  await writeFile(PAGE, withFigures(await readFile(PAGE, "utf8"), figures(merged)));
}

/**
 * New cases replace old ones with the same name, if the machine is similar; figures from two machines are never mixed.
 */
export function mergeReports(old: Report | undefined, report: Report): Report {
  if (!old || old.machine.cpu !== report.machine.cpu || old.machine.cores !== report.machine.cores)
    return report;
  const measured = new Map(report.cases.map((each) => [each.name, each]));
  const kept = old.cases.map((each) => measured.get(each.name) ?? each);
  const added = report.cases.filter(({ name }) => !old.cases.some((each) => each.name === name));
  return { machine: report.machine, cases: [...kept, ...added] };
}

/** The page with the text between its markers replaced. @throws {Error} when a marker is missing */
export function withFigures(page: string, text: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`Cannot write the figures: the page has no "${BEGIN}" before "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${page.slice(end)}`;
}

function figures({ machine, cases }: Report): string {
  const { cpu, cores, memoryGib, kernel, versions } = machine;
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const sections = cases.map((each) => {
    const how = `${each.rounds} ${each.rounds === 1 ? "round" : "rounds"}${each.quick ? ", `--quick` sizes" : ""}`;
    const chart = ratioChart(
      each.name,
      each.lines.filter((line) => "ours" in line),
    );
    return [
      `### ${each.name}`,
      `\`npx pnpm@12 bench ${each.name}${each.quick ? " --quick" : ""} --rounds ${each.rounds}\`: ${how}, ${each.seconds} s; load before it ${each.loadBefore.toFixed(1)}.`,
      ...(chart
        ? [`![${each.name}: how many times better than each peer](images/benchmarks/${each.name}.svg)`]
        : []),
      markdownTable(each.lines),
    ].join("\n\n");
  });
  const description = `Machine: ${cores} x ${cpu}, ${memoryGib} GiB, ${kernel}. Versions: ${list.join(", ")}.`;
  return [description, ...sections].join("\n\n");
}
