import { createHash } from "node:crypto";
import type { WorkerBackend } from "./backend.ts";
import { DEFAULTS } from "./defaults.ts";
import type { Job } from "./job.ts";
import { orderedRows } from "./ordered-rows.ts";
import type { ObjectWriter } from "./ports/object-store.ts";
import { isErrorRow, rowIndex } from "./result-row.ts";

/** One file of the output, in the manifest. */
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

/** A job's rows, written. */
export interface WrittenRows {
  readonly succeeded: number;
  readonly failed: number;
  readonly parts: readonly OutputPart[];
}

/** Lines are gathered to about this much before they are written. */
const WRITE_BYTES = 1024 * 1024;

/**
 * Writes a job's rows, in input order, as parts `output/part-00000.ndjson`, …
 * Holds a few MiB whatever the job weighs. Writing again gives the same parts.
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

/** Writes parts one after the other; a part is closed when it passes the size of a part. */
class PartWriter {
  readonly finished: OutputPart[] = [];
  succeeded = 0;
  failed = 0;
  readonly #backend: Pick<WorkerBackend, "objects">;
  readonly #jobId: string;
  #open: { writer: ObjectWriter; name: string; uri: string; hash: ReturnType<typeof createHash> } | undefined;
  #text = "";
  #rows = 0;
  #bytes = 0;
  #first = 0;
  #last = 0;

  constructor(backend: Pick<WorkerBackend, "objects">, jobId: string) {
    this.#backend = backend;
    this.#jobId = jobId;
  }

  /** Takes whole rows, each ended by a line break; at least one. */
  async add(rows: string): Promise<void> {
    this.#count(rows);
    this.#text += rows;
    if (this.#text.length >= WRITE_BYTES) await this.#write();
    if (this.#bytes >= DEFAULTS.outputPartBytes) await this.#closePart();
  }

  async close(): Promise<void> {
    await this.#write();
    await this.#closePart();
  }

  async abort(): Promise<void> {
    await this.#open?.writer.abort();
  }

  #count(rows: string): void {
    if (this.#rows === 0) this.#first = rowIndex(rows);
    this.#last = rowIndex(rows.slice(rows.lastIndexOf("\n", rows.length - 2) + 1));
    const count = lineCount(rows);
    const failed = errorCount(rows);
    this.#rows += count;
    this.failed += failed;
    this.succeeded += count - failed;
  }

  async #write(): Promise<void> {
    if (this.#text === "") return;
    const bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    if (!this.#open) {
      const name = `part-${String(this.finished.length).padStart(5, "0")}.ndjson`;
      const uri = this.#backend.objects.jobUri(this.#jobId, `output/${name}`);
      this.#open = { name, uri, writer: await this.#backend.objects.writer(uri), hash: createHash("sha256") };
    }
    this.#open.hash.update(bytes);
    this.#bytes += bytes.length;
    await this.#open.writer.write(bytes);
  }

  async #closePart(): Promise<void> {
    if (!this.#open) return;
    const { writer, name, uri, hash } = this.#open;
    await writer.commit();
    this.#open = undefined;
    this.finished.push({
      name,
      uri,
      rows: this.#rows,
      first_index: this.#first,
      last_index: this.#last,
      bytes: this.#bytes,
      sha256: hash.digest("hex"),
    });
    this.#rows = 0;
    this.#bytes = 0;
  }
}

function lineCount(rows: string): number {
  let lines = 0;
  for (let at = rows.indexOf("\n"); at >= 0; at = rows.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** Looks at every row only where one may be an error: most chunks have none. */
function errorCount(rows: string): number {
  return rows.includes('"error":') ? rows.split("\n").filter(isErrorRow).length : 0;
}
