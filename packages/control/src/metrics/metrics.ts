import type { Backend, Logger } from "@millrace/core";
import { Counter, Gauge, Registry } from "prom-client";
import { VERSION } from "../version.ts";
import { type AnsweredRequest, createHttpMetrics } from "./http-metrics.ts";
import { JobCollector } from "./job-collector.ts";
import { createJobMetricSet } from "./job-metrics.ts";
import { processMetrics } from "./process-metrics.ts";

/**
 * A service that is not scraped reads ended jobs by itself once it remembers this many more than after the last pass.
 */
const UNREAD_JOBS = 1_000;

export interface MetricsOptions {
  readonly backend: Backend;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Data for `GET /metrics`: job metrics are read from the ledger on request, HTTP requests are counted as they come. */
export class Metrics {
  static readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #options: MetricsOptions;
  readonly #registry = new Registry();
  readonly #jobs: JobCollector;
  readonly #count: (request: AnsweredRequest) => void;
  readonly #success: Gauge;
  readonly #seconds: Gauge;
  #pass: Promise<void> | undefined;
  #collectedMs = Number.NEGATIVE_INFINITY;
  #sweepAt = UNREAD_JOBS;
  #stopped = false;

  constructor(options: MetricsOptions) {
    this.#options = options;
    const registers = [this.#registry];
    const build = { name: "millrace_build_info", help: "1, with the service's version", registers };
    new Gauge({ ...build, labelNames: ["version"] }).set({ version: VERSION }, 1);
    this.#success = new Gauge({
      name: "millrace_collect_success",
      help: "1 when the ledger could be read for this scrape, else 0",
      registers,
    });
    this.#seconds = new Gauge({
      name: "millrace_collect_duration_seconds",
      help: "How long it last took to read the ledger for metrics",
      registers,
    });
    const errors = new Counter({
      name: "millrace_collect_errors_total",
      help: "Jobs that could not be read for metrics, since the service started",
      registers,
    });
    const metrics = createJobMetricSet(this.#registry);
    this.#jobs = new JobCollector({ ...options, metrics, onError: () => errors.inc() });
    this.#count = createHttpMetrics(this.#registry);
  }

  /** Reads the jobs in progress, so that what they have done so far is not counted. */
  start(): void {
    void this.#collect();
  }

  /** Waits for a pass in progress; no new one starts after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#pass;
  }

  request(request: AnsweredRequest): void {
    this.#count(request);
  }

  submitted(jobId: string): void {
    this.#jobs.submitted(jobId);
    if (this.#jobs.size > this.#sweepAt) void this.#collect();
  }

  /** All metrics in Prometheus' text format. */
  async render(): Promise<string> {
    await this.#collect();
    return `${await this.#registry.metrics()}\n${await processMetrics()}`;
  }

  /** Concurrent scrapes share one pass, and so do scrapes that follow within the backend's pace. */
  #collect(): Promise<void> {
    if (this.#pass) return this.#pass;
    const ageMs = performance.now() - this.#collectedMs;
    if (this.#stopped || ageMs < this.#options.backend.pace.progressAgeMs) return Promise.resolve();
    this.#pass = this.#read().finally(() => {
      this.#pass = undefined;
    });
    return this.#pass;
  }

  async #read(): Promise<void> {
    const startMs = performance.now();
    try {
      await this.#jobs.collect();
      this.#success.set(1);
    } catch (error) {
      this.#success.set(0);
      this.#options.logger.error("cannot read the ledger for metrics", { error });
    }
    this.#collectedMs = performance.now();
    this.#seconds.set((this.#collectedMs - startMs) / 1_000);
    this.#sweepAt = 2 * this.#jobs.size + UNREAD_JOBS;
  }
}
