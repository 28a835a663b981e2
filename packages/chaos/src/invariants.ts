import { createHash } from "node:crypto";

/** What a finished job has left behind. */
export interface Remains {
  /** Number of items in the dataset. */
  readonly items: number;
  readonly status: string;
  /** From the job's status. */
  readonly counters: { readonly total: number | null; readonly succeeded: number; readonly failed: number };
  /** Sum of the items that workers report as done. */
  readonly workerItems: number;
  /** The results, as served. */
  readonly rows: string;
  /** The results of the same job without faults. */
  readonly cleanRows: string;
  readonly manifest: Manifest;
  /** Output files, by their names in the manifest. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
  /** Command lines of processes that still run although the job is over. */
  readonly processes: readonly string[];
  /** Descriptions of batches that are still leased or queued. */
  readonly leases: readonly string[];
}

/** Contents of `output/manifest.json`. */
export interface Manifest {
  readonly rows: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly complete: boolean;
  readonly parts: readonly {
    readonly name: string;
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
    readonly first_index: number;
    readonly last_index: number;
  }[];
}

/** What must always hold: each function describes its violations. */
const INVARIANTS = {
  jobSucceeded,
  eachItemOneRow,
  rowsInInputOrder,
  countersEqualRows,
  manifestMatchesParts,
  partsAreTheRows,
  noOrphanProcess,
  noLeakedLease,
  sameBytesAsCleanRun,
} as const satisfies Readonly<Record<string, (remains: Remains) => readonly string[]>>;

/** Every violation, prefixed with the invariant's name. */
export function findViolations(remains: Remains): readonly string[] {
  return Object.entries(INVARIANTS).flatMap(([name, look]) =>
    look(remains).map((violation) => `${name}: ${violation}`),
  );
}

function jobSucceeded({ status }: Remains): readonly string[] {
  return status === "succeeded" ? [] : [`the job is ${status}`];
}

function eachItemOneRow({ items, rows }: Remains): readonly string[] {
  const times = new Map<number, number>();
  for (const index of indicesOf(rows)) times.set(index, (times.get(index) ?? 0) + 1);
  const problems: string[] = [];
  const missing = Array.from({ length: items }, (_, index) => index).filter((index) => !times.has(index));
  const repeated = [...times].filter(([, count]) => count > 1).map(([index]) => index);
  const strange = [...times.keys()].filter((index) => !(index >= 0 && index < items));
  if (missing.length > 0) problems.push(`no row of items ${some(missing)}`);
  if (repeated.length > 0) problems.push(`several rows of items ${some(repeated)}`);
  if (strange.length > 0) problems.push(`rows of items that there are not: ${some(strange)}`);
  return problems;
}

function rowsInInputOrder({ rows }: Remains): readonly string[] {
  const indices = indicesOf(rows);
  const at = indices.findIndex((index, i) => i > 0 && index <= (indices[i - 1] ?? index));
  return at < 0 ? [] : [`the row of item ${indices[at]} comes after that of item ${indices[at - 1]}`];
}

function countersEqualRows({ items, counters, workerItems, rows }: Remains): readonly string[] {
  const failed = linesOf(rows).filter((line) => "error" in JSON.parse(line)).length;
  const succeeded = linesOf(rows).length - failed;
  const problems: string[] = [];
  if (counters.total !== items) problems.push(`total is ${counters.total}, expected ${items}`);
  if (counters.succeeded !== succeeded)
    problems.push(`succeeded is ${counters.succeeded}, there are ${succeeded} such rows`);
  if (counters.failed !== failed)
    problems.push(`failed is ${counters.failed}, there are ${failed} such rows`);
  if (workerItems !== succeeded + failed)
    problems.push(`the workers count ${workerItems} items, there are ${succeeded + failed} rows`);
  return problems;
}

function manifestMatchesParts({ manifest, parts }: Remains): readonly string[] {
  const problems: string[] = [];
  if (!manifest.complete) problems.push("the manifest says that the output is not complete");
  for (const { name, rows, bytes, sha256, first_index: first, last_index: last } of manifest.parts) {
    const part = parts.get(name);
    if (!part) {
      problems.push(`${name} is missing`);
      continue;
    }
    const indices = indicesOf(new TextDecoder().decode(part));
    if (part.length !== bytes) problems.push(`${name} has ${part.length} bytes, expected ${bytes}`);
    if (createHash("sha256").update(part).digest("hex") !== sha256)
      problems.push(`${name} has another checksum than the manifest says`);
    if (indices.length !== rows) problems.push(`${name} has ${indices.length} rows, expected ${rows}`);
    if (indices[0] !== first || indices.at(-1) !== last)
      problems.push(`${name} has items ${indices[0]} to ${indices.at(-1)}, expected ${first} to ${last}`);
  }
  return problems;
}

function partsAreTheRows({ manifest, parts, rows }: Remains): readonly string[] {
  const decoder = new TextDecoder();
  const text = manifest.parts.map(({ name }) => decoder.decode(parts.get(name))).join("");
  const problems = text === rows ? [] : ["the output's files are not the rows that the service gives"];
  const counted = manifest.succeeded + manifest.failed;
  if (manifest.rows !== counted || manifest.rows !== linesOf(rows).length)
    problems.push(`the manifest counts ${manifest.rows} rows, there are ${linesOf(rows).length}`);
  return problems;
}

function noOrphanProcess({ processes }: Remains): readonly string[] {
  return processes.map((command) => `still runs: ${command}`);
}

function noLeakedLease({ leases }: Remains): readonly string[] {
  return leases;
}

function sameBytesAsCleanRun({ rows, cleanRows }: Remains): readonly string[] {
  if (rows === cleanRows) return [];
  const clean = linesOf(cleanRows);
  const at = linesOf(rows).findIndex((line, i) => line !== clean[i]);
  return [
    `line ${at + 1} is ${linesOf(rows)[at]?.slice(0, 200)}, in the clean run ${clean[at]?.slice(0, 200)}`,
  ];
}

function linesOf(rows: string): readonly string[] {
  return rows.split("\n").slice(0, -1);
}

function indicesOf(rows: string): readonly number[] {
  return linesOf(rows).map((line) => (JSON.parse(line) as { index: number }).index);
}

function some(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 5).join(", ");
  return numbers.length > 5 ? `${shown} and ${numbers.length - 5} more` : shown;
}
