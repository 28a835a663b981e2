import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contract, ContractTest } from "./contract.ts";
import { batch, collect, createRunningJob, rowsOf } from "./samples.ts";

const BATCHES = 2_000;
const CONTENDER = fileURLToPath(new URL("contender.ts", import.meta.url));

/** Runs two processes on one job and returns what each got. */
async function contend(contract: Contract, jobId: string, mode: "commit" | "drain"): Promise<number[][]> {
  const { module, argument } = contract.opener;
  const run = async (worker: number) => {
    const arguments_ = [CONTENDER, module, argument, jobId, mode, String(BATCHES), String(worker)];
    const { stdout } = await promisify(execFile)(process.execPath, arguments_, {
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout) as number[];
  };
  return await Promise.all([run(0), run(1)]);
}

export function describeProcesses(test: ContractTest): void {
  const all = Array.from({ length: BATCHES }, (_, first) => first);
  const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

  test("batches.commit() counts each range once when two processes commit all of them", async (t, contract) => {
    const { backend } = contract;
    const jobId = await createRunningJob(backend, []);
    const won = await contend(contract, jobId, "commit");
    t.deepEqual(sorted(won.flat()), all);
    t.like(await backend.ledger.batches.progress(jobId), {
      succeededItems: BATCHES,
      succeededBatches: BATCHES,
    });
    const workers = await backend.ledger.workers.list(jobId);
    t.is(
      workers.reduce((sum, { succeededItems }) => sum + succeededItems, 0),
      BATCHES,
    );
    const rows = rowsOf(await collect(backend.ledger.batches.results(jobId)))
      .trimEnd()
      .split("\n");
    t.deepEqual(
      rows.map((row) => (JSON.parse(row) as { index: number }).index),
      all,
    );
  });

  test("queue.lease() hands each batch to only one of two processes", async (t, contract) => {
    const { backend } = contract;
    const jobId = await createRunningJob(
      backend,
      all.map((first) => batch(first)),
    );
    const won = await contend(contract, jobId, "drain");
    // At least once: what a queue delivers twice is still committed once.
    if (contract.queue.isExact) t.deepEqual(sorted(won.flat()), all);
    else t.deepEqual(sorted([...new Set(won.flat())]), all);
    t.deepEqual(await backend.queue.counts(jobId), { queued: 0, leased: 0 });
    t.like(await backend.ledger.batches.progress(jobId), { succeededItems: BATCHES });
  });
}
