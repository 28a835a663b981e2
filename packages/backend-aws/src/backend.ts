import type { Backend, Logger, WorkerBackend } from "@millrace/core";
import { type Clients, makeClients, makeSqsClient, type OnRequest, type Principal } from "./aws/clients.ts";
import type { AwsConfig } from "./aws/config.ts";
import { AWS_CAPABILITIES, AWS_PACE } from "./capabilities.ts";
import { checkResources } from "./check-resources.ts";
import { dynamoLedger } from "./ledger/ledger.ts";
import { dynamoLogRegistry } from "./ledger/log-registry.ts";
import { ReleasedCounts } from "./ledger/released.ts";
import { LedgerTable } from "./ledger/table.ts";
import { cloudWatchLogStore } from "./logs/log-store.ts";
import { s3ObjectStore } from "./objects/object-store.ts";
import { openWorkerPool } from "./pool/open-worker-pool.ts";
import { sqsBatchQueue } from "./queue/batch-queue.ts";
import { SqsDeadLetters } from "./queue/dead-letters.ts";
import { QueueUrls } from "./queue/queue-urls.ts";

export interface AwsBackendOptions {
  readonly config: AwsConfig;
  readonly logger: Logger;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Called before each request to AWS, including retries. */
  readonly onRequest?: OnRequest;
}

/**
 * Opens what the service needs. Close it with `pool.close()`, then `ledger.close()`; workers keep running.
 *
 * @throws {MillraceError} backend_misconfigured naming each missing resource and permission
 */
export async function openAwsBackend(options: AwsBackendOptions): Promise<Backend> {
  const { clients, table, ...ports } = openPorts(options, "control");
  await checkResources(clients, options.config);
  const pool = openWorkerPool({
    ...options,
    now: options.now ?? Date.now,
    clients,
    table,
    ledger: ports.ledger,
  });
  return { ...ports, pool, capabilities: AWS_CAPABILITIES };
}

/**
 * Opens what a worker process, or a thread of the service, needs; makes no request before its first use. Close it with
 * `ledger.close()`.
 */
export async function openAwsWorkerBackend(
  options: AwsBackendOptions & {
    /** @default "worker" */
    readonly principal?: Principal;
  },
): Promise<WorkerBackend> {
  const { clients: _, table: __, ...ports } = openPorts(options, options.principal ?? "worker");
  return ports;
}

function openPorts(options: AwsBackendOptions, principal: Principal) {
  const { config, logger, now = Date.now, onRequest } = options;
  const clients: Clients = makeClients(config, { onRequest, principal });
  const objects = s3ObjectStore(clients, config);
  const table = new LedgerTable(clients.dynamodb, config.table);
  const urls = new QueueUrls(clients.sqs, config);
  const regional = (region: string) => makeSqsClient({ ...config, region }, { onRequest, principal });
  return {
    clients,
    table,
    objects,
    ledger: dynamoLedger(table, { objects, now, close: clients.close }),
    queue: sqsBatchQueue({ sqs: clients.sqs, urls, objects, released: new ReleasedCounts(table), logger }),
    logs: cloudWatchLogStore(clients, { logGroup: config.logGroup, streams: dynamoLogRegistry(table) }),
    deadLetters: new SqsDeadLetters(regional),
    pace: AWS_PACE,
  };
}
