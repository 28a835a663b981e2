import { BatchReader, type Lease } from "@millrace/core";
import type { RunContext } from "../../src/context/worker-context.ts";
import { type CommittedGroup, Committer } from "../../src/pipeline/committer.ts";
import { FailurePolicy } from "../../src/pipeline/failure-policy.ts";
import { Fetcher } from "../../src/pipeline/fetcher.ts";
import { LeaseBook } from "../../src/pipeline/lease-book.ts";
import { Ending } from "../../src/pipeline/pipeline-end.ts";
import type { JobBench } from "./job-bench.ts";

/** Single parts of a pipeline, put together as the pipeline does, without its loops. */
export function pipelineParts(context: RunContext) {
  const { backend, job } = context;
  const leases = new LeaseBook(context);
  const ending = new Ending(() => {});
  const groups: CommittedGroup[] = [];
  const committer = new Committer(context, { leases, ending, onCommitted: (group) => groups.push(group) });
  const failures = new FailurePolicy(context, { leases, ending, committer });
  const source = (id: number) => backend.ledger.batches.source(job.jobId, id);
  const reader = new BatchReader({ objects: backend.objects, source });
  const fetcher = new Fetcher(context, { leases, reader, failures });
  const { signal } = new AbortController();
  return {
    leases,
    ending,
    committer,
    groups,
    failures,
    fetcher,
    lease: (max = 1) => leases.lease(max, signal),
    fetch: (max = 1) => fetcher.fetch(max, signal),
  };
}

/** A finished batch, whose items all have the output `value`. */
export function finished(lease: Lease, value: unknown = "done") {
  const { batch } = lease;
  const line = (index: number) => `{"index":${index},"id":null,"output":${JSON.stringify(value)}}\n`;
  const rows = Array.from({ length: batch.count }, (_, i) => line(batch.first + i)).join("");
  return { lease, commit: { batch, rows, failedItems: 0, predictMs: 1, worker: 0 } };
}

/** Attempts of one range, as a worker that is gone recorded them. */
export async function recordAttempts(
  bench: JobBench,
  range: { first: number; count: number },
  times: number,
) {
  const { first, count } = range;
  const error = { code: "predictor_error", type: "ValueError", message: "before" };
  for (let n = 0; n < times; n++) {
    const attempt = { first, count, worker: 1, endedAtMs: 1, error };
    await bench.backend.ledger.batches.recordAttempt(bench.job.jobId, attempt);
  }
}
