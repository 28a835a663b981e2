import test from "ava";
import { deployPython, logOf, numbers, pythonConstruct, rowsOf, runJob, sharedPlatform } from "../src/mod.ts";

const platform = sharedPlatform(test);

test("a constructor that raises ends the job with worker_error, and its traceback is in the log", async (t) => {
  await deployPython(platform(), "raise", pythonConstruct('raise OSError("no such model")'));
  const job = await runJob(platform(), "raise", numbers(100, { workers: 2 }));
  t.is(job.status.job_status.status, "worker_error");
  t.is(job.status.job_status.status_reason?.code, "predictor_init_failed");
  t.regex(job.status.job_status.status_reason?.message ?? "", /OSError: no such model/);
  t.regex(await logOf(job), /predictor\.py", line 4, in __init__/);
  t.deepEqual(await rowsOf(job), []);
});

test("a constructor that exits ends the job with worker_error", async (t) => {
  await deployPython(platform(), "exit", pythonConstruct("sys.exit(9)"));
  const job = await runJob(platform(), "exit", numbers(100));
  t.is(job.status.job_status.status, "worker_error");
  t.regex(job.status.job_status.status_reason?.message ?? "", /exit code 9/);
});

test("a constructor that uses all memory ends the job with worker_oom", async (t) => {
  const source = pythonConstruct(
    "hoard = []",
    "while True:",
    "    hoard.append(bytearray(16 << 20))",
    "    time.sleep(0.02)",
  );
  await deployPython(platform(), "hoard", source, { compute: { mem: "300Mi" } });
  const job = await runJob(platform(), "hoard", numbers(100));
  t.is(job.status.job_status.status, "worker_oom");
  t.is(job.status.job_status.status_reason?.code, "predictor_out_of_memory");
  t.regex(job.status.job_status.status_reason?.message ?? "", /compute\.mem/);
});

test("a constructor that hangs ends with the job's timeout", async (t) => {
  await deployPython(platform(), "hang", pythonConstruct("time.sleep(3600)"));
  const job = await runJob(platform(), "hang", numbers(100, { workers: 2, timeout: 2 }));
  t.is(job.status.job_status.status, "timed_out");
  t.is(job.status.job_status.status_reason?.code, "timed_out");
});

test("a constructor that kills its worker every time ends the job with a reason", async (t) => {
  await deployPython(
    platform(),
    "patricide",
    pythonConstruct("os.kill(os.getppid(), signal.SIGKILL)", "time.sleep(60)"),
  );
  const job = await runJob(platform(), "patricide", numbers(100));
  t.is(job.status.job_status.status, "worker_error");
  t.regex(job.status.job_status.status_reason?.message ?? "", /6 times in a row/);
});
