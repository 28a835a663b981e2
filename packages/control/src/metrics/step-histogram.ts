import { STEP_BUCKETS_MS, STEPS, type Step, type StepTimes } from "@millrace/core";
import type { Histogram, Registry } from "prom-client";

const BOUNDS = [...STEP_BUCKETS_MS.map((ms) => String(ms / 1_000)), "+Inf"];

/**
 * A histogram of data that workers have already counted. prom-client's own histogram takes single observations; this
 * one adds whole buckets and renders the same text.
 */
export class StepHistogram {
  readonly #name: string;
  readonly #apis = new Map<string, Record<Step, { readonly counts: number[]; sumMs: number }>>();

  constructor(registry: Registry, options: { readonly name: string; readonly help: string }) {
    this.#name = options.name;
    const metric = { ...options, type: "histogram", aggregator: "sum" };
    const get = async () => ({ ...metric, values: [...this.#values()] });
    // The only fields that the registry uses, whatever its type says.
    registry.registerMetric({ ...metric, get } as unknown as Histogram);
  }

  /** Adds what is new since `before`. */
  add(
    api: string,
    { before, now }: Readonly<Record<"before" | "now", Readonly<Record<Step, StepTimes>>>>,
  ): void {
    const steps = this.#apis.get(api) ?? emptySteps();
    this.#apis.set(api, steps);
    for (const step of STEPS) {
      for (const [i, count] of now[step].counts.entries()) {
        steps[step].counts[i] = (steps[step].counts[i] ?? 0) + count - (before[step].counts[i] ?? 0);
      }
      steps[step].sumMs += now[step].sumMs - before[step].sumMs;
    }
  }

  *#values() {
    for (const [api, steps] of this.#apis) {
      for (const step of STEPS) {
        const { counts, sumMs } = steps[step];
        let total = 0;
        for (const [i, le] of BOUNDS.entries()) {
          total += counts[i] ?? 0;
          yield { metricName: `${this.#name}_bucket`, labels: { le, api, step }, value: total };
        }
        yield { metricName: `${this.#name}_sum`, labels: { api, step }, value: sumMs / 1_000 };
        yield { metricName: `${this.#name}_count`, labels: { api, step }, value: total };
      }
    }
  }
}

function emptySteps() {
  const steps = STEPS.map((step) => [step, { counts: BOUNDS.map(() => 0), sumMs: 0 }]);
  return Object.fromEntries(steps) as Record<Step, { readonly counts: number[]; sumMs: number }>;
}
