import test from "ava";
import { advise } from "../src/advise.ts";
import { EMPTY_REPORT, PHASES, type Phase } from "../src/worker-report.ts";

function mostly(phase: Phase) {
  const phasesMs = { ...EMPTY_REPORT.phasesMs, starting: 1_000, [phase]: 9_000 };
  return { phasesMs, batches: 10, predictMs: 10 * 900 };
}

test("advise() gives advice for the largest phase", (t) => {
  const all = PHASES.map((phase) => advise(mostly(phase)));
  t.is(new Set(all).size, PHASES.length);
  t.is(
    advise(mostly("predicting")),
    "90 % of the workers' time went into predict: more workers, or a faster predictor, would make the job faster",
  );
});

test("advise() recommends larger batches when handing one over costs more than predicting it", (t) => {
  const advice = advise({ ...mostly("predicting"), batches: 10_000, predictMs: 3_000 });
  t.regex(advice ?? "", /in batches of 0\.3 ms: a larger batch_size/);
});

test("advise() never says 0 ms", (t) => {
  for (const predictMs of [0, 0.4, 90]) {
    const advice = advise({ ...mostly("predicting"), batches: 1_000, predictMs }) ?? "";
    t.regex(advice, /in batches of less than 0\.1 ms: a larger batch_size/);
  }
});

test("advise() is undefined while no batch has an output", (t) => {
  for (const phase of PHASES) t.is(advise({ ...mostly(phase), batches: 0, predictMs: 0 }), undefined);
});

test("advise() is undefined for less than two seconds", (t) => {
  t.is(advise({ phasesMs: EMPTY_REPORT.phasesMs, batches: 0, predictMs: 0 }), undefined);
});

test("advise() says first what fits in the GPU's memory, however little time has passed", (t) => {
  const limits = { gpuBatchItems: 16 };
  const ofGpu =
    "whole batches do not fit in the GPU's memory, so the workers predict at most 16 items at once: set batch_size to 16";
  t.is(advise({ phasesMs: EMPTY_REPORT.phasesMs, batches: 0, predictMs: 0, limits }), ofGpu);
  t.is(advise({ ...mostly("idle"), limits }), `${ofGpu}; ${advise(mostly("idle"))}`);
});

test("advise() says that the predictor's back-pressure slows the job down, and how far now", (t) => {
  const facts = { phasesMs: EMPTY_REPORT.phasesMs, batches: 0, predictMs: 0 };
  const told = "slowed down by the predictor's back-pressure: RetryLater was raised 12 times";
  t.is(advise({ ...facts, limits: { retryLater: 12 } }), told);
  t.is(
    advise({ ...facts, limits: { retryLater: 12, callLimit: 4 } }),
    `${told}, and workers make only 4 calls at once`,
  );
  t.is(advise({ ...facts, limits: { retryLater: 1 } }), told.replace("12 times", "once"));
});
