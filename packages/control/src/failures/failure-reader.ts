import {
  type Attempt,
  type Backend,
  type BatchDescriptor,
  BatchReader,
  type FailureView,
  type Logger,
} from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import { timeView } from "../views/time-view.ts";
import { type FailedBlock, rowsOf } from "./failed-blocks.ts";

/** Builds JSON texts of failed items, each a FailureView. */
export class FailureReader {
  readonly #backend: Backend;
  readonly #jobId: string;
  readonly #logger: Logger;
  readonly #reader: BatchReader;

  constructor(backend: Backend, jobId: string, logger: Logger) {
    this.#backend = backend;
    this.#jobId = jobId;
    this.#logger = logger;
    const source = (id: number) => backend.ledger.batches.source(jobId, id);
    this.#reader = new BatchReader({ objects: backend.objects, source });
  }

  /** Every item of a block, in order. */
  async texts({ block, batch }: FailedBlock): Promise<readonly string[]> {
    const payloads = await this.#payloads(batch);
    const attempts = (await this.#backend.ledger.batches.attempts(this.#jobId, block)).map(attemptView);
    return rowsOf(block).map((row, i) => failureText(row, payloads?.[i], attempts));
  }

  /** The items' JSON texts; undefined when the input can no longer be read. */
  async #payloads(batch: BatchDescriptor | undefined): Promise<readonly string[] | undefined> {
    if (!batch) return undefined;
    try {
      const [loaded] = await this.#reader.read([batch]);
      return loaded?.items;
    } catch (error) {
      this.#logger.warn("payload of a failed batch not readable", { error });
      return undefined;
    }
  }
}

function failureText(row: string, payload: string | undefined, attempts: FailureView["attempts"]): string {
  const { index, id, error } = parseExactJson(row) as Pick<FailureView, "index" | "id" | "error">;
  // The payload is inserted as written: parsing it would round its long numbers.
  const head = JSON.stringify({ index, id, error }).slice(0, -1);
  return `${head},"payload":${payload ?? "null"},"attempts":${JSON.stringify(attempts)}}`;
}

function attemptView(attempt: Attempt): FailureView["attempts"][number] {
  return {
    attempt: attempt.attempt,
    worker: attempt.worker,
    time: timeView(attempt.endedAtMs),
    code: attempt.error.code,
    type: attempt.error.type ?? null,
    message: attempt.error.message,
    traceback: attempt.error.traceback ?? null,
  };
}
