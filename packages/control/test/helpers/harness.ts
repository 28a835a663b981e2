import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openLocalBackend } from "@millrace/backend-local";
import {
  type ApiSpec,
  type Backend,
  isTerminal,
  type JobStatusResponse,
  type JobView,
  silentLogger,
} from "@millrace/core";
import type { ExecutionContext } from "ava";
import { startEnqueuerThread } from "../../src/enqueuer/start-thread.ts";
import { type Service, type ServiceOptions, startService } from "../../src/start-service.ts";
import { assertConforms } from "./conformance.ts";

export const TOKEN = "t".repeat(43);
const FAKE_WORKER = fileURLToPath(new URL("./fake-worker.ts", import.meta.url));

export interface Harness {
  readonly home: string;
  readonly backend: Backend;
  readonly service: Service;
  /** A request with the token; a path or a whole URL. */
  readonly call: (path: string, init?: RequestInit) => Promise<Response>;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  /** Submits and returns the new job. */
  readonly submit: (body: unknown) => Promise<JobView>;
  readonly status: (jobId: string) => Promise<JobStatusResponse>;
  /** Waits until the job is over. */
  readonly over: (jobId: string) => Promise<JobStatusResponse>;
  readonly stop: () => Promise<void>;
  /** Stops the service, and leaves the workers running. */
  readonly leave: () => Promise<void>;
}

/** A directory of its own, removed at the end of the test. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-control-"));
  t.teardown(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** The service on the real local backend, over real HTTP, with an API "sum" deployed and a fake worker. */
export async function startHarness(
  t: ExecutionContext,
  options: Partial<ServiceOptions> & { home?: string } = {},
): Promise<Harness> {
  const home = options.home ?? (await temporaryDirectory(t));
  const backend = await openLocalBackend({
    home,
    logger: silentLogger,
    workerCommand: [process.execPath, ...process.execArgv, FAKE_WORKER],
    environment: process.env,
    machine: { cpus: 16, memBytes: 64 * 2 ** 30 },
  });
  if (!(await backend.ledger.apis.get("sum"))) {
    await backend.ledger.apis.put({
      name: "sum",
      version: "0123456789abcdef",
      spec: apiSpec("sum"),
      createdAtMs: Date.now(),
    });
  }
  const service = await startService({
    backend,
    home,
    logger: silentLogger,
    startThread: () => startEnqueuerThread({ backend: { kind: "local", home }, logLevel: "error" }),
    token: TOKEN,
    host: "127.0.0.1",
    port: 0,
    allowedHosts: [],
    stopSeconds: 2,
    ...options,
  });
  const leave = once(async () => {
    await service.stop();
    await backend.pool.close();
    await backend.ledger.close();
  });
  const stop = once(async () => {
    await service.stop();
    // A ledger that is closed belongs to a test that left its workers to the next service.
    for (const jobId of await backend.ledger.jobs.active().catch(() => [])) {
      await backend.pool.stop(jobId, { graceSeconds: 1 }).catch(() => {});
    }
    await leave();
  });
  t.teardown(stop);
  return { home, backend, service, stop, leave, ...caller(service) };
}

function caller(service: Service) {
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(path.startsWith("http") ? path : `${service.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) },
    });
    await assertConforms(response, { method: init.method ?? "GET", path });
    return response;
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers });
  const submit = async (body: unknown) => {
    const response = await post("/sum", body);
    if (response.status !== 201) throw new Error(`submit: ${response.status} ${await response.text()}`);
    return (await response.json()) as JobView;
  };
  const status = async (jobId: string) => (await (await call(`/sum/${jobId}`)).json()) as JobStatusResponse;
  const over = (jobId: string) =>
    until(async () => {
      const found = await status(jobId);
      return isTerminal(found.job_status.status) ? found : undefined;
    });
  return { call, post, submit, status, over };
}

/** Polls until `look` returns something; fails after `ms`. */
export async function until<Value>(
  look: () => Promise<Value | undefined | false>,
  ms = 180_000,
): Promise<Value> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain`);
    await delay(20);
  }
}

function once(task: () => Promise<void>): () => Promise<void> {
  let run: Promise<void> | undefined;
  return () => {
    run ??= task();
    return run;
  };
}

export function items(count: number, more: object = {}): Record<string, unknown> {
  return {
    workers: 1,
    item_list: { items: Array.from({ length: count }, (_, i) => i), batch_size: 2 },
    ...more,
  };
}

export function apiSpec(name: string, endpoint: string = name): ApiSpec {
  return {
    name,
    kind: "BatchAPI",
    predictor: {
      type: "typescript",
      path: "predictor.ts",
      config: {},
      env: {},
      pythonPath: ".",
      dependencies: { pip: "requirements.txt", conda: "conda-packages.txt", shell: "dependencies.sh" },
    },
    compute: { cpu: 0.1, gpu: 0, spot: false },
    networking: { endpoint },
    jobDefaults: { maxAttempts: 3, onFailure: "isolate", batchTimeoutSeconds: 600, prefetchBatches: 2 },
  };
}
