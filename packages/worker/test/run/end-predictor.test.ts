import test from "ava";
import { endPredictor, endPredictorWithJob } from "../../src/run/end-predictor.ts";
import { openBench } from "../support/job-bench.ts";

type Exit = { exitCode: number | null; signal: NodeJS.Signals | null } | undefined;

/** What is in the log once a predictor has ended so. */
async function linesOf(exit: Exit): Promise<readonly string[]> {
  const bench = await openBench();
  const worker = bench.worker();
  worker.predictors.exit = exit;
  await worker.slot.get();
  await endPredictor(worker, 5);
  await worker.log.flush();
  return (await bench.log()).map(({ level, text }) => `${level} ${text}`);
}

test("endPredictor() logs nothing for a predictor that exits normally", async (t) => {
  t.deepEqual(await linesOf({ exitCode: 0, signal: null }), []);
});

test("endPredictor() logs a predictor that does not exit normally", async (t) => {
  const code = await linesOf({ exitCode: 3, signal: null });
  t.deepEqual(code, ["warn the predictor had finished, but ended with exit code 3"]);
  const signal = await linesOf({ exitCode: null, signal: "SIGSEGV" });
  t.deepEqual(signal, ["warn the predictor had finished, but was ended by SIGSEGV"]);
  const [killed = ""] = await linesOf(undefined);
  t.regex(killed, /^warn the predictor had finished but did not exit within 5 s, so it was killed/);
});

test("endPredictor() does nothing without a predictor", async (t) => {
  const bench = await openBench();
  const worker = bench.worker();
  await endPredictor(worker, 5);
  t.is(worker.predictors.started.length, 0);
});

test("endPredictorWithJob() says what the job waits for if it takes long", async (t) => {
  const bench = await openBench();
  const worker = bench.worker();
  await worker.slot.get();
  const [predictor] = worker.predictors.started;
  const ended = Promise.withResolvers<Exit>();
  Object.assign(predictor ?? {}, { stop: () => ended.promise });
  const told = Promise.withResolvers<unknown>();
  const { workers } = bench.backend.ledger;
  const update = workers.update.bind(workers);
  Object.assign(workers, {
    update: async (...given: Parameters<typeof update>) => {
      await update(...given);
      told.resolve(given[2]);
    },
  });
  const ending = endPredictorWithJob(worker);
  t.deepEqual(await told.promise, {
    status: "running",
    reason: "waiting for the predictor to exit, at most 30 s",
  });
  ended.resolve({ exitCode: 0, signal: null });
  await ending;
});
