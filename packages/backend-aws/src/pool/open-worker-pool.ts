import type { Ledger, Logger, WorkerPool } from "@millrace/core";
import type { Clients } from "../aws/clients.ts";
import type { AwsConfig } from "../aws/config.ts";
import type { LedgerTable } from "../ledger/table.ts";
import { EventReader } from "./event-reader.ts";
import { BatchPoller } from "./poller.ts";
import { PoolRecords } from "./pool-records.ts";
import { AwsWorkerPool } from "./worker-pool.ts";

/** The pool with its poller and its event reader. */
export function openWorkerPool(options: {
  readonly clients: Clients;
  readonly config: AwsConfig;
  readonly table: LedgerTable;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly now: () => number;
}): WorkerPool {
  const { clients, config, table, ledger, logger, now } = options;
  const poller = new BatchPoller({
    batch: clients.batchOnce,
    logger,
    everyMs: config.batchPollSeconds * 1_000,
    onChange: (parentId, children) => pool.learn(parentId, children),
  });
  const events = new EventReader({
    sqs: clients.sqs,
    queue: config.eventsQueue,
    logger,
    onJob: (id) => poller.hint(id),
  });
  const pool = new AwsWorkerPool({
    batch: clients.batch,
    submitOnce: clients.batchOnce,
    config,
    ledger,
    records: new PoolRecords(table),
    poller,
    onClose: () => events.close(),
    logger,
    now,
  });
  return pool;
}
