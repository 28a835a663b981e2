import { EMPTY_REPORT } from "@millrace/core";
import test from "ava";
import { TimeSheet } from "../../src/context/time-sheet.ts";
import type { Call } from "../../src/pipeline/call.ts";
import { InFlight } from "../../src/pipeline/in-flight.ts";

const never = new Promise<void>(() => {});

function ready(first: number, suspectAttempts?: number): Call {
  const batch = { first, count: 1, segments: [] };
  const lease = { batch, receipt: `${first}`, receiveCount: 1 };
  const suspect = suspectAttempts === undefined ? {} : { suspectAttempts };
  return { batch: { lease, items: [], halves: () => [batch, batch], ...suspect } };
}

function open({ hasPredictor = true } = {}) {
  const start = { before: EMPTY_REPORT, dueAtMs: Number.POSITIVE_INFINITY, jobCreatedAtMs: 0 };
  const sheet = new TimeSheet(start);
  const slot = { current: hasPredictor ? {} : undefined };
  return { sheet, inFlight: new InFlight({ sheet, slot } as never) };
}

test("isOpen() admits a window of batches", (t) => {
  const { inFlight } = open();
  const batches = [ready(0), ready(1)];
  for (const batch of batches) {
    t.true(inFlight.isOpen(2));
    inFlight.add(batch, "predict", () => never);
  }
  t.false(inFlight.isOpen(2));
  t.true(inFlight.isOpen(3));
  t.is(inFlight.oldest, batches[0]);
  inFlight.remove(batches[0] as Call);
  t.true(inFlight.isOpen(2));
  t.is(inFlight.oldest, batches[1]);
});

test("isOpen() admits nothing beside a suspect", (t) => {
  const { inFlight } = open();
  const suspect = ready(0, 0);
  inFlight.add(suspect, "predict", () => never);
  t.false(inFlight.isOpen(64));
  inFlight.remove(suspect);
  t.true(inFlight.isOpen(64));
});

test("drained() waits for batches in flight, including new ones", async (t) => {
  const { inFlight } = open();
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const batches = [ready(0), ready(1)];
  const add = (i: number) => {
    const [batch, end] = [batches[i] as Call, ends[i] as (typeof ends)[0]];
    inFlight.add(batch, "predict", () => end.promise.then(() => inFlight.remove(batch)));
  };
  await inFlight.drained();
  add(0);
  let isDrained = false;
  const drained = inFlight.drained().then(() => {
    isDrained = true;
  });
  add(1);
  ends[0]?.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  t.false(isDrained);
  ends[1]?.resolve();
  await drained;
  t.is(inFlight.size, 0);
});

test("phase is starting, predicting, or what the worker lacks", (t) => {
  t.is(open({ hasPredictor: false }).inFlight.phase, "starting");
  const { inFlight } = open();
  t.is(inFlight.phase, "loading");
  inFlight.lacked("idle");
  t.is(inFlight.phase, "idle");
  const batch = ready(0);
  inFlight.add(batch, "predict", () => never);
  inFlight.lacked("writing");
  t.is(inFlight.phase, "predicting");
  inFlight.remove(batch);
  t.is(inFlight.phase, "writing");
});

test("add(), remove() and lacked() determine where the time went", (t) => {
  const { inFlight, sheet } = open();
  const laps: string[] = [];
  sheet.lap = (phase) => laps.push(phase);
  const batches = [ready(0), ready(1)] as const;
  inFlight.lacked("idle");
  inFlight.add(batches[0], "predict", () => never);
  inFlight.add(batches[1], "predict", () => never);
  inFlight.lacked("loading");
  inFlight.remove(batches[0]);
  inFlight.remove(batches[1]);
  t.deepEqual(laps, ["idle", "idle", "predicting"]);
  const starting = open({ hasPredictor: false });
  starting.sheet.lap = () => t.fail("that is the time of the predictor's start");
  starting.inFlight.lacked("loading");
});

test("moved() tells apart what the predictor does, and between stages changes nothing", (t) => {
  const { inFlight, sheet } = open();
  const laps: string[] = [];
  sheet.lap = (phase) => laps.push(phase);
  const [first, second] = [ready(0), ready(1)];
  inFlight.add(first, undefined, () => never);
  inFlight.moved(first, "preprocess");
  t.is(inFlight.phase, "preprocessing");
  inFlight.add(second, undefined, () => never);
  t.is(inFlight.phase, "preprocessing");
  inFlight.moved(first, undefined);
  inFlight.moved(first, "predict");
  inFlight.moved(second, "preprocess");
  t.is(inFlight.phase, "predicting");
  inFlight.moved(second, undefined);
  inFlight.moved(first, undefined);
  inFlight.moved(first, "postprocess");
  t.is(inFlight.phase, "postprocessing");
  inFlight.moved(second, "predict");
  inFlight.remove(first);
  t.is(inFlight.phase, "predicting");
  inFlight.remove(second);
  inFlight.moved(second, "predict");
  t.is(inFlight.size, 0);
  t.deepEqual(laps, ["loading", "predicting", "preprocessing", "predicting", "postprocessing", "predicting"]);
});
