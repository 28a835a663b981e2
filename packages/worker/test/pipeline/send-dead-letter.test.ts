import { type DeadLetter, MillraceError, type WorkerBackend } from "@millrace/core";
import test from "ava";
import { sendDeadLetter } from "../../src/pipeline/send-dead-letter.ts";
import { openBench } from "../support/job-bench.ts";

const error = { code: "predictor_error", message: "odd", attempts: 3 };
const job = { sqsDeadLetterQueue: { arn: "arn:q", maxReceiveCount: 1 } };

function queue(send: (arn: string, letters: readonly DeadLetter[]) => Promise<void>) {
  return (backend: WorkerBackend): WorkerBackend => ({
    ...backend,
    deadLetters: { send, check: async () => {} },
  });
}

test("sendDeadLetter() sends the location of the items to the job's queue", async (t) => {
  const sent: unknown[] = [];
  const wrap = queue(async (arn, letters) => void sent.push(arn, ...letters));
  const bench = await openBench({ items: 2, batchSize: 2, job, wrap });
  const [batch] = bench.batches;
  await sendDeadLetter(bench.workerContext(), { batch: batch as never, error });
  const payload = [{ uri: "memory://input/items.ndjson", format: "ndjson", start: 0, end: 4 }];
  const { jobId, apiName } = bench.job;
  t.deepEqual(sent, ["arn:q", { jobId, apiName, batch, payload, error }]);
});

test("sendDeadLetter() does nothing when job or backend has no such queue", async (t) => {
  const none = await openBench({ items: 1, wrap: queue(async () => t.fail("the job has none")) });
  await sendDeadLetter(none.workerContext(), { batch: none.batches[0] as never, error });
  const cannot = await openBench({ items: 1, job });
  await sendDeadLetter(cannot.workerContext(), { batch: cannot.batches[0] as never, error });
  t.deepEqual(await cannot.log(), []);
});

test("sendDeadLetter() lets the job continue when the queue refuses, and logs it", async (t) => {
  const wrap = queue(async () => {
    throw new MillraceError("backend_misconfigured", "no such queue");
  });
  const bench = await openBench({ items: 1, job, wrap });
  await sendDeadLetter(bench.workerContext(), { batch: bench.batches[0] as never, error });
  t.like(await bench.log(), [
    {
      level: "error",
      batch: "000000000000-1",
      text: "batch of items 0 to 0 not sent to the dead-letter queue: no such queue",
    },
  ]);
});
