import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { type Backend, DEFAULTS, type Logger } from "@millrace/core";
import { createApp } from "./app.ts";
import { sweepUploads } from "./deploy/receive-archive.ts";
import type { DescriptorBudget } from "./descriptors/descriptor-budget.ts";
import { DescriptorReserve } from "./descriptors/descriptor-reserve.ts";
import { Enqueuer, type EnqueuerThread } from "./enqueuer/enqueuer.ts";
import { ConnectionLimit } from "./http/connection-limit.ts";
import { Metrics } from "./metrics/metrics.ts";
import { openApiDocument } from "./openapi-document.ts";
import { Reconciler } from "./reconciler/reconciler.ts";
import { type HttpServer, listen } from "./server.ts";
import type { Services } from "./services.ts";
import { openAccess } from "./sessions/access.ts";
import { JobListWatcher } from "./streams/job-list-watcher.ts";
import { JobWatcher } from "./streams/job-watcher.ts";
import { Webhooks } from "./webhooks/webhooks.ts";

/** Refused connections are logged at most this often, since there may be many. */
const TELL_EVERY_MS = 60_000;

export interface ServiceOptions {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly startThread: () => EnqueuerThread;
  readonly token: string;
  /** Directory for state that survives restarts, such as ended sessions, and for archives being uploaded. */
  readonly home: string;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  /** How many descriptors the service may use. @default no limit */
  readonly descriptors?: DescriptorBudget;
  readonly publicUrl?: string | undefined;
  /** How long open requests may continue once the service stops. */
  readonly stopSeconds: number;
  /** @default DEFAULTS.requestLimitBytes */
  readonly requestLimitBytes?: number;
  /** @default DEFAULTS.archiveLimitBytes */
  readonly archiveLimitBytes?: number;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** A monotonic clock. @default performance.now */
  readonly monotonicMs?: () => number;
}

/** The running control service. */
export interface Service {
  readonly url: string;
  /** Ends streams, lets requests finish, stops the enqueuer at a checkpoint; workers continue. Idempotent. */
  stop(): Promise<void>;
}

/** Starts all parts of the control service. @throws {MillraceError} when it cannot listen */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { backend, logger, host, port, now = Date.now, token, home, descriptors } = options;
  const stopping = new AbortController();
  // One listener for each open stream: hundreds are not a leak.
  setMaxListeners(0, stopping.signal);
  const enqueuer = new Enqueuer({
    backend,
    logger,
    startThread: options.startThread,
    onChange: (jobId) => reconciler.wake(jobId),
    now,
  });
  const webhooks = new Webhooks({ backend, logger, now });
  const { monotonicMs } = options;
  const reconciler = new Reconciler({ backend, logger, enqueuer, webhooks, now, monotonicMs });
  const metrics = new Metrics({ backend, logger, now });
  const uploads = join(home, "tmp");
  await sweepUploads(uploads);
  const services: Services = {
    backend,
    logger,
    access: await openAccess({ home, token, now }),
    enqueuer: {
      // Routes enqueue new jobs, once each.
      enqueue(jobId) {
        metrics.submitted(jobId);
        enqueuer.enqueue(jobId);
      },
      cancel: (jobId) => enqueuer.cancel(jobId),
    },
    reconciler,
    webhooks,
    metrics,
    openApi: openApiDocument,
    watcher: new JobWatcher(backend, logger),
    jobListWatcher: new JobListWatcher(backend, logger),
    uploads,
    stopping: stopping.signal,
    limits: {
      requestBytes: options.requestLimitBytes ?? DEFAULTS.requestLimitBytes,
      archiveBytes: options.archiveLimitBytes ?? DEFAULTS.archiveLimitBytes,
    },
    now,
  };
  const { publicUrl, allowedHosts } = options;
  const app = createApp(services, { publicUrl, allowedHosts: [host, ...allowedHosts] });
  const connections = descriptors && limitConnections(descriptors, logger);
  const server = await listen(app.callback(), { host, port, connections });
  const reserve = descriptors && new DescriptorReserve({ size: descriptors.reserve, logger });
  metrics.start();
  enqueuer.start();
  reconciler.start();
  webhooks.start();
  let stopped: Promise<void> | undefined;
  return {
    url: server.url,
    stop() {
      stopping.abort();
      stopped ??= stopAll({
        server,
        enqueuer,
        reconciler,
        webhooks,
        metrics,
        deadlineMs: options.stopSeconds * 1_000,
      }).finally(() => reserve?.stop());
      return stopped;
    },
  };
}

function limitConnections({ connections: most }: DescriptorBudget, logger: Logger): ConnectionLimit {
  let toldMs = Number.NEGATIVE_INFINITY;
  const onFull = () => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    logger.warn("connections are refused: the limit is reached", { connections: most });
  };
  return new ConnectionLimit({ most, onFull });
}

async function stopAll(parts: {
  readonly server: HttpServer;
  readonly enqueuer: Enqueuer;
  readonly reconciler: Reconciler;
  readonly webhooks: Webhooks;
  readonly metrics: Metrics;
  readonly deadlineMs: number;
}): Promise<void> {
  const { server, enqueuer, reconciler, webhooks, metrics, deadlineMs } = parts;
  // Requests first: one in progress may still need the other parts.
  await server.stop(deadlineMs);
  await Promise.all([enqueuer.stop(), reconciler.stop(), webhooks.stop(), metrics.stop()]);
}
