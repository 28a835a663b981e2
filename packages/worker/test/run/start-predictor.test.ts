import process from "node:process";
import { isMillraceError, type OutputRules } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { predictorLauncher } from "../../src/run/start-predictor.ts";
import { project } from "../predictor-process/harness.ts";
import { openBench } from "../support/job-bench.ts";
import { until } from "../support/until.ts";

const SOURCE = `export class Predictor {
  constructor(config, jobSpec) {
    if (config.fails) throw new TypeError("no model");
    console.log(JSON.stringify({ config, jobSpec, variable: process.env.MODEL, home: process.env.TEST_HOME }));
  }
  predict(items) { return items.map((item) => (item === "nan" ? Number.NaN : item)); }
}
`;

async function open(
  t: ExecutionContext,
  config: Readonly<Record<string, unknown>>,
  output?: { readonly api: OutputRules; readonly job: OutputRules },
) {
  const bench = await openBench({
    items: 3,
    job: { config, workers: 2, ...(output && { output: output.job }) },
  });
  const { api, ...others } = bench.workerContext();
  const context = {
    ...others,
    api: { ...api, spec: { ...api.spec, ...(output && { output: output.api }) } },
  };
  const cwd = project(t, { "predictor.ts": SOURCE });
  const prepared = { format: 1, cwd, env: { MODEL: "small" }, binDirs: [] } as const;
  const launch = predictorLauncher(context, { prepared, env: { ...process.env, TEST_HOME: "here" } });
  const job = await bench.backend.ledger.jobs.get(bench.job.jobId);
  const start = (signal = new AbortController().signal) => {
    const started = launch(job)(signal);
    t.teardown(() => started.predictor.kill());
    return started;
  };
  return { bench, context, job, start };
}

test("predictorLauncher() constructs the predictor with the job, in the project's environment", async (t) => {
  const { bench, job, start } = await open(t, { size: 1 });
  const { predictor, ready } = start();
  await ready;
  const output = await predictor.predict({ batchId: "b", items: ['"x"'], timeoutMs: 20_000 });
  t.deepEqual(output.lines, ['"x"']);
  await until("its print is in the log", async () => (await bench.log()).length > 0);
  t.deepEqual(JSON.parse((await bench.log())[0]?.text ?? ""), {
    config: { size: 1 },
    jobSpec: {
      job_id: job.spec.jobId,
      api_name: "sample",
      config: { size: 1 },
      workers: 2,
      total_batch_count: 3,
      start_time: new Date(job.startedAtMs ?? 0).toISOString(),
    },
    variable: "small",
    home: "here",
  });
});

test("predictorLauncher() gives the predictor the rules for outputs of the API and, before them, the job's", async (t) => {
  const cases: readonly (readonly [OutputRules, OutputRules, string | undefined])[] = [
    [{ nan: "null" }, {}, "null"],
    [{ nan: "null" }, { nan: "string" }, '"NaN"'],
    [{ nan: "null" }, { nan: "error" }, undefined],
    [{}, {}, undefined],
  ];
  for (const [api, job, line] of cases) {
    const { predictor, ready } = (await open(t, {}, { api, job })).start();
    await ready;
    const answer = predictor.predict({ batchId: "b", items: ['"nan"'], timeoutMs: 20_000 });
    if (line) t.deepEqual((await answer).lines, [line]);
    else await t.throwsAsync(answer, { message: /output\[0\] is NaN/ });
  }
});

test("predictorLauncher() throws the error of a constructor that raises", async (t) => {
  const { start } = await open(t, { fails: true });
  const error = await t.throwsAsync(start().ready);
  t.true(isMillraceError(error, "predictor_init_failed"));
  t.regex(error?.message ?? "", /no model/);
});

test("predictorLauncher() gives up when aborted", async (t) => {
  const { start } = await open(t, {});
  const { predictor, ready } = start(AbortSignal.abort());
  const error = await t.throwsAsync(ready);
  t.true(isMillraceError(error, "unavailable"));
  t.is(predictor.pid, undefined);
});

test("predictorLauncher() waits for the worker's turn if starts are staggered, unless it is stopped", async (t) => {
  const { context, job } = await open(t, {});
  const predictor = { ...context.api.spec.predictor, startStaggerSeconds: 0.5 };
  const api = { ...context.api, spec: { ...context.api.spec, predictor } };
  const cwd = project(t, {
    "predictor.ts":
      "export const Predictor = { at: Date.now(), predict(items) { return items.map(() => this.at); } };",
  });
  const prepared = { format: 1, cwd, env: {}, binDirs: [] } as const;
  const launch = (worker: number, startedAtMs: number) =>
    predictorLauncher({ ...context, api, worker }, { prepared, env: process.env })({ ...job, startedAtMs });
  const startedAtMs = Date.now();
  const staggered = launch(3, startedAtMs)(new AbortController().signal);
  t.teardown(() => staggered.predictor.kill());
  await staggered.ready;
  const { lines } = await staggered.predictor.predict({ batchId: "b", items: ["1"], timeoutMs: 20_000 });
  t.true(Number(lines[0]) >= startedAtMs + 1_500);
  const ahead = launch(1, startedAtMs + 3_600_000)(new AbortController().signal);
  t.teardown(() => ahead.predictor.kill());
  await ahead.ready;
  const stopping = new AbortController();
  const stopped = launch(1_000_000, startedAtMs)(stopping.signal);
  stopping.abort();
  await t.throwsAsync(stopped.ready, { message: /was stopped/ });
});
