import process from "node:process";
import type { OpenForTest } from "./fixture.ts";
import { batch, commitOf } from "./samples.ts";

/**
 * One of two processes working on the same job: `contender.ts <module> <argument> <job id> <mode> <batches> <worker>`.
 * `commit` commits every range in groups; `drain` leases, commits and acks until nothing is left. Prints what it got as
 * JSON.
 */
const [module = "", argument = "", jobId = "", mode = "", batches = "", number = ""] = process.argv.slice(2);
const { open } = (await import(module)) as { readonly open: OpenForTest };
const backend = await open(argument);
const worker = Number(number);
const won: number[] = [];
if (mode === "commit") {
  for (let first = 0; first < Number(batches); first += 10) {
    const ranges = Array.from({ length: 10 }, (_, n) => batch(first + n));
    const { outcomes } = await backend.ledger.batches.commit(
      jobId,
      ranges.map((range) => commitOf(range, { worker, mark: `${worker}-` })),
    );
    for (const [n, outcome] of outcomes.entries()) if (outcome === "committed") won.push(first + n);
  }
} else {
  for (;;) {
    const leases = await backend.queue.lease(jobId, { max: 7, leaseSeconds: 300, worker });
    if (leases.length === 0) break;
    won.push(...leases.map((lease) => lease.batch.first));
    await backend.ledger.batches.commit(
      jobId,
      leases.map((lease) => commitOf(lease.batch, { worker })),
    );
    await backend.queue.ack(
      jobId,
      leases.map(({ receipt }) => receipt),
    );
  }
}
await backend.ledger.close();
process.stdout.write(JSON.stringify(won));
