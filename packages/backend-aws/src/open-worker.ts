import type { Logger, WorkerBackend } from "@millrace/core";
import { makeClients } from "./aws/clients.ts";
import { parseAwsConfig } from "./aws/config.ts";
import { openAwsWorkerBackend } from "./backend.ts";
import { LedgerTable } from "./ledger/table.ts";
import { identifyWorker, type WorkerIdentity } from "./pool/identify-worker.ts";
import { PoolRecords } from "./pool/pool-records.ts";

/** A worker's backend, its identity, and the directory for unpacking projects. */
export interface AwsWorker {
  readonly backend: WorkerBackend;
  readonly identity: WorkerIdentity;
  readonly scratchDirectory: string;
}

/** Opens the backend of a process that AWS Batch started; undefined when it must not work and should exit normally. */
export async function openAwsWorker(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}): Promise<AwsWorker | undefined> {
  const config = parseAwsConfig(options.env);
  const clients = makeClients(config, { principal: "worker" });
  const records = new PoolRecords(new LedgerTable(clients.dynamodb, config.table));
  const identity = await identifyWorker(records, options).finally(() => clients.close());
  if (!identity) return undefined;
  const backend = await openAwsWorkerBackend({ config, logger: options.logger });
  return { backend, identity, scratchDirectory: config.scratchDirectory };
}
