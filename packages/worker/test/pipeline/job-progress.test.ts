import type { Progress } from "@millrace/core";
import test from "ava";
import { JobProgress } from "../../src/pipeline/job-progress.ts";
import { Ending } from "../../src/pipeline/pipeline-end.ts";
import { openBench } from "../support/job-bench.ts";

const RUNNING = {
  status: "running",
  totalItems: 10,
  totalBatches: 10,
  succeededItems: 4,
  failedItems: 3,
  succeededBatches: 4,
  failedBatches: 3,
  predictMs: 0,
} as const;

/** A progress that the ledger gives, and how often it was asked. */
async function open(found: Partial<Progress>, maxFailedItems?: number) {
  const bench = await openBench({ job: { ...(maxFailedItems !== undefined && { maxFailedItems }) } });
  const asked: unknown[] = [];
  const { batches } = bench.backend.ledger;
  Object.assign(batches, {
    progress: async (_: string, options: unknown) => {
      asked.push(options);
      return { ...RUNNING, ...found };
    },
  });
  const ending = new Ending(() => {});
  return { progress: new JobProgress(bench.worker(), ending), ending, asked };
}

test("look() ends the pipeline of a job that is complete or over", async (t) => {
  for (const [found, kind] of [
    [{}, undefined],
    [{ succeededItems: 7 }, "complete"],
    [{ status: "stopped", succeededItems: 7 }, "job_over"],
    [{ status: "timed_out" }, "job_over"],
  ] as const) {
    const { progress, ending, asked } = await open(found);
    await progress.look(500);
    t.is(ending.end?.kind, kind);
    t.deepEqual(asked, [{ maxAgeMs: 500 }]);
  }
});

test("look() ends the job when more items failed than allowed", async (t) => {
  const within = await open({}, 3);
  await within.progress.look(0);
  t.is(within.ending.end, undefined);
  const beyond = await open({ failedItems: 4 }, 3);
  await beyond.progress.look(0);
  const message = "Stopped early: 4 items failed, more than max_failed_items (3) allows";
  t.deepEqual(beyond.ending.end, { kind: "broken", reason: { code: "too_many_failures", message } });
});

test("committed() uses the progress that came with a commit", async (t) => {
  const { progress, ending, asked } = await open({});
  await progress.committed({ progress: { ...RUNNING, succeededItems: 7 }, hasFailures: false }, false);
  t.is(ending.end?.kind, "complete");
  t.deepEqual(asked, []);
});

test("committed() asks for progress it did not get only if the batch may be the last, or one failure too many", async (t) => {
  const told = { progress: undefined, hasFailures: true };
  for (const [maxFailedItems, hasFailures, isOut, asks] of [
    [undefined, true, false, 0],
    [undefined, false, true, 1],
    [5, true, false, 1],
    [5, false, false, 0],
  ] as const) {
    const { progress, asked } = await open({}, maxFailedItems);
    await progress.committed({ ...told, hasFailures }, isOut);
    t.is(asked.length, asks);
  }
  const { progress, ending, asked } = await open({});
  ending.set({ kind: "released" });
  await progress.committed(told, true);
  t.deepEqual(asked, [], "the pipeline has ended");
});
