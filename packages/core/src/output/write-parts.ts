import { createHash } from "node:crypto";
import type { WorkerBackend } from "../backend.ts";
import { DEFAULTS } from "../defaults.ts";
import type { Job } from "../job.ts";
import type { ObjectWriter } from "../ports/object-store.ts";
import { isErrorRow, rowIndex } from "../result-row.ts";
import type { PartEncoder, RowChunk } from "./formats/format.ts";
import { DEFAULT_OUTPUT_FORMAT } from "./formats/registry.ts";
import { orderedRows } from "./ordered-rows.ts";

/** One output file, as listed in the manifest. */
export interface OutputPart {
  readonly name: string;
  readonly uri: string;
  readonly rows: number;
  readonly first_index: number;
  readonly last_index: number;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The written rows of a job. */
export interface WrittenRows {
  readonly succeeded: number;
  readonly failed: number;
  readonly parts: readonly OutputPart[];
}

/** A part being written. */
interface OpenPart {
  readonly encoder: PartEncoder;
  readonly writer: ObjectWriter;
  readonly name: string;
  readonly uri: string;
  readonly hash: ReturnType<typeof createHash>;
  readonly firstIndex: number;
  lastIndex: number;
  rows: number;
  bytes: number;
}

/**
 * Writes a job's rows, in input order, as parts `output/part-00000.ndjson`, … Uses a few MiB of memory, however large
 * the job is. Repeating it gives the same parts.
 *
 * @throws {MillraceError} disk_full, unavailable
 */
export async function writeParts(
  backend: Pick<WorkerBackend, "ledger" | "objects">,
  { output: _, ...job }: Job,
): Promise<WrittenRows> {
  const parts = new PartWriter(backend, job.spec.jobId);
  try {
    for await (const rows of orderedRows(backend, { job })) await parts.add(rows);
    await parts.close();
  } catch (error) {
    await parts.abort();
    throw error;
  }
  const { succeeded, failed, finished } = parts;
  return { succeeded, failed, parts: finished };
}

/** Writes parts one after another; a part is closed when it exceeds the size limit. */
class PartWriter {
  readonly finished: OutputPart[] = [];
  succeeded = 0;
  failed = 0;
  readonly #backend: Pick<WorkerBackend, "objects">;
  readonly #jobId: string;
  readonly #format = DEFAULT_OUTPUT_FORMAT;
  #open: OpenPart | undefined;

  constructor(backend: Pick<WorkerBackend, "objects">, jobId: string) {
    this.#backend = backend;
    this.#jobId = jobId;
  }

  /** Takes at least one whole row; each ends with a line break. */
  async add(rows: RowChunk): Promise<void> {
    this.#open ??= await this.#openPart(rowIndex(rows));
    const part = this.#open;
    this.#count(part, rows);
    const bytes = await part.encoder.add(rows);
    if (bytes) await write(part, bytes);
    if (part.bytes >= DEFAULTS.outputPartBytes) await this.close();
  }

  /** Closes the open part. */
  async close(): Promise<void> {
    const part = this.#open;
    if (!part) return;
    await write(part, await part.encoder.end());
    await part.writer.commit();
    this.#open = undefined;
    const { name, uri, rows, firstIndex, lastIndex, bytes, hash } = part;
    this.finished.push({
      name,
      uri,
      rows,
      first_index: firstIndex,
      last_index: lastIndex,
      bytes,
      sha256: hash.digest("hex"),
    });
  }

  async abort(): Promise<void> {
    await this.#open?.writer.abort();
  }

  async #openPart(firstIndex: number): Promise<OpenPart> {
    const name = `part-${String(this.finished.length).padStart(5, "0")}${this.#format.ending}`;
    const uri = this.#backend.objects.jobUri(this.#jobId, `output/${name}`);
    return {
      encoder: this.#format.encoder(),
      writer: await this.#backend.objects.writer(uri),
      name,
      uri,
      hash: createHash("sha256"),
      firstIndex,
      lastIndex: firstIndex,
      rows: 0,
      bytes: 0,
    };
  }

  #count(part: OpenPart, rows: RowChunk): void {
    part.lastIndex = rowIndex(rows.slice(rows.lastIndexOf("\n", rows.length - 2) + 1));
    const count = lineCount(rows);
    const failed = errorCount(rows);
    part.rows += count;
    this.failed += failed;
    this.succeeded += count - failed;
  }
}

async function write(part: OpenPart, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return;
  part.hash.update(bytes);
  part.bytes += bytes.length;
  await part.writer.write(bytes);
}

function lineCount(rows: RowChunk): number {
  let lines = 0;
  for (let at = rows.indexOf("\n"); at >= 0; at = rows.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** Parses rows only in chunks that may contain an error: most contain none. */
function errorCount(rows: RowChunk): number {
  return rows.includes('"error":') ? rows.split("\n").filter(isErrorRow).length : 0;
}
