import { createHash } from "node:crypto";
import test from "ava";
import {
  composeOutput,
  endWithOutput,
  errorRow,
  type JobOutput,
  orderedRows,
  outputRow,
  type ResultBlock,
  writeParts,
} from "../../src/mod.ts";
import type { MemoryObjectStore } from "../support/memory-object-store.ts";
import { jobOf, outputBackend } from "../support/output-backend.ts";

function block(first: number, rows: readonly string[], failedItems = 0): ResultBlock {
  return { first, count: rows.length, rows: rows.map((row) => `${row}\n`).join(""), failedItems };
}

const failure = { code: "predictor_error", message: 'ValueError: "odd"', attempts: 3 };
const parentBlocks = [
  block(0, [outputRow(0, "null", "0"), outputRow(1, '"a,\\"error\\":"', "1")]),
  block(2, [errorRow(2, "null", failure)], 1),
  block(3, [outputRow(3, "null", '{"error":1}')]),
];

async function manifestOf(objects: MemoryObjectStore, { manifestUri }: JobOutput): Promise<unknown> {
  return JSON.parse(Buffer.from(await objects.read(manifestUri)).toString());
}

test("endWithOutput() writes a manifest that describes the rows, and records status and output in one step", async (t) => {
  const job = jobOf("parent", undefined, { totalItems: 4 });
  const { backend, objects } = outputBackend([{ job, blocks: parentBlocks }]);
  await endWithOutput(backend, job, { rows: await writeParts(backend, job), now: () => 9 });
  const output = job.output as JobOutput;
  t.like(job, { status: "completed_with_failures", atMs: 9 });
  const bytes = Buffer.from(await objects.read(output.partUris[0] ?? ""));
  t.is(bytes.toString(), parentBlocks.map(({ rows }) => rows).join(""));
  t.like(await manifestOf(objects, output), {
    rows: 4,
    succeeded: 3,
    failed: 1,
    complete: true,
    status: "completed_with_failures",
    parts: [
      {
        rows: 4,
        first_index: 0,
        last_index: 3,
        bytes: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      },
    ],
  });
});

test("endWithOutput() ends a job that lacks rows, or has too many, with unexpected_error", async (t) => {
  for (const totalItems of [3, 5]) {
    const job = jobOf("parent", undefined, { totalItems });
    const { backend, objects } = outputBackend([{ job, blocks: parentBlocks }]);
    await endWithOutput(backend, job, { rows: await writeParts(backend, job), now: () => 9 });
    t.is(job.status, "unexpected_error");
    t.like(job.reason, { code: "state_corrupt" });
    t.regex(job.reason?.message ?? "", new RegExp(`hold 4 rows, expected ${totalItems}`));
    t.like(await manifestOf(objects, job.output as JobOutput), {
      status: "unexpected_error",
      complete: false,
    });
  }
});

test("endWithOutput() of a retry requires a row for each item of the first parent", async (t) => {
  for (const [totalItems, status] of [
    [4, "succeeded"],
    [5, "unexpected_error"],
  ] as const) {
    const parent = jobOf("parent", undefined, { totalItems, status: "completed_with_failures" });
    const [between, last] = [jobOf("between", "parent", { totalItems: 1 }), jobOf("last", "between")];
    const { backend } = outputBackend([
      { job: parent, blocks: parentBlocks },
      { job: between, blocks: [] },
      { job: last, blocks: [block(2, [outputRow(2, "null", "2")])] },
    ]);
    await endWithOutput(backend, last, { rows: await writeParts(backend, last), now: () => 9 });
    t.is(last.status, status);
  }
});

test("endWithOutput() writes a manifest with the status that a job got just before", async (t) => {
  const job = jobOf("parent", undefined, { totalItems: 4 });
  const { backend, objects } = outputBackend([{ job, blocks: parentBlocks }]);
  const { jobs } = backend.ledger;
  const transition = jobs.transition.bind(jobs);
  jobs.transition = async (jobId, to, end) => {
    await transition(jobId, "stopped", { atMs: 1 });
    return transition(jobId, to, end);
  };
  await endWithOutput(backend, job, { rows: await writeParts(backend, job), now: () => 9 });
  t.is(job.status, "stopped");
  t.is(job.output, undefined);
  const manifestUri = objects.jobUri("parent", "output/manifest.json");
  t.like(await manifestOf(objects, { manifestUri, partUris: [] }), { status: "stopped", complete: true });
});

test("endWithOutput() does nothing to a job that is over", async (t) => {
  const job = jobOf("parent", undefined, { totalItems: 4, status: "stopped" });
  const { backend, objects } = outputBackend([{ job, blocks: [] }]);
  await endWithOutput(backend, job, { rows: { succeeded: 4, failed: 0, parts: [] }, now: () => 9 });
  t.is(job.status, "stopped");
  await t.throwsAsync(() => objects.stat(objects.jobUri("parent", "output/manifest.json")));
});

test("composeOutput() of a job without rows has no parts and says that it is not complete", async (t) => {
  const job = jobOf("empty", undefined, { status: "stopped", totalItems: 2 });
  const { backend, objects, outputs } = outputBackend([{ job, blocks: [] }]);
  const output = await composeOutput(backend, job);
  t.deepEqual(outputs.get("empty"), output);
  t.deepEqual(output.partUris, []);
  t.like(await manifestOf(objects, output), { rows: 0, complete: false, status: "stopped" });
});

test("orderedRows() of a retry overrides its parent's rows, whether the parent's output is written or not", async (t) => {
  const [parent, retry] = [jobOf("parent"), jobOf("retry", "parent")];
  const retryBlocks = [block(2, [outputRow(2, "null", "2")]), block(4, [outputRow(4, "null", "4")])];
  const { backend } = outputBackend([
    { job: parent, blocks: parentBlocks },
    { job: retry, blocks: retryBlocks },
  ]);
  const read = async () => {
    let text = "";
    for await (const chunk of orderedRows(backend, { job: retry })) text += chunk;
    return text
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row));
  };
  const before = await read();
  t.deepEqual(
    before.map(({ index, output }) => [index, output]),
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, { error: 1 }],
      [4, 4],
    ],
  );
  await composeOutput(backend, parent);
  t.deepEqual(await read(), before);
});
