import { describeBatchQueue } from "./batch-queue.ts";
import { contractTest, type RegisterTest } from "./contract.ts";
import type { BackendFixture } from "./fixture.ts";
import { describeApiLedger } from "./ledger-apis.ts";
import { describeBatchLedger } from "./ledger-batches.ts";
import { describeJobCreation } from "./ledger-create.ts";
import { describeJobLedger } from "./ledger-jobs.ts";
import { describeWorkerLedger } from "./ledger-workers.ts";
import { describeLogStore } from "./log-store.ts";
import { describeObjectStore } from "./object-store.ts";
import { describeProcesses } from "./processes.ts";

/** Registers the contract tests of every port with ava's `test`; each has its own backend. */
export function describeBackend(test: RegisterTest, fixture: BackendFixture): void {
  const register = contractTest(test, fixture);
  describeApiLedger(register);
  describeJobCreation(register);
  describeJobLedger(register);
  describeBatchLedger(register);
  describeWorkerLedger(register);
  describeBatchQueue(register);
  describeObjectStore(register);
  describeLogStore(register);
  describeProcesses(register);
}
