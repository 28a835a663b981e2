import test, { type ExecutionContext } from "ava";
import {
  assertEachOnce,
  deployPython,
  deployTypeScript,
  failuresOf,
  logOf,
  numbers,
  pythonPredict,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../src/mod.ts";

const platform = sharedPlatform(test);

/** What one item out of ten does to its predictor, and how its row must tell it. */
const MISFORTUNES = {
  raises: { lines: ['raise KeyError("no such key")'], code: "predictor_error", message: /KeyError/ },
  "returns NaN": { lines: ['return [float("nan")] * len(payload)'], code: "invalid_output", message: /nan/i },
  "returns what is not JSON": {
    lines: ["return [object()] * len(payload)"],
    code: "invalid_output",
    message: /object/,
  },
  exits: { lines: ["sys.exit(3)"], code: "predictor_crashed", message: /exit code 3/ },
  "kills itself": {
    lines: ["os.kill(os.getpid(), signal.SIGKILL)"],
    code: "predictor_crashed",
    message: /SIGKILL/,
  },
  "reads a null pointer": { lines: ["ctypes.string_at(0)"], code: "predictor_crashed", message: /SIGSEGV/ },
  hangs: { lines: ["time.sleep(3600)"], code: "batch_timeout", message: /1 s/ },
} as const;

for (const [what, { lines, code, message }] of Object.entries(MISFORTUNES)) {
  test(`a predict that ${what} fails the one item with ${code}`, async (t) => {
    const name = what.toLowerCase().replaceAll(/[^a-z]+/g, "-");
    const source = pythonPredict(
      "if 13 in payload:",
      ...lines.map((line) => `    ${line}`),
      "return payload",
    );
    await deployPython(platform(), name, source);
    const batch_timeout = code === "batch_timeout" ? 1 : 20;
    const body = numbers(20, { batch_size: 4, batch_timeout, max_attempts: 2 });
    const job = await runJob(platform(), name, body);
    t.is(job.status.job_status.status, "completed_with_failures");
    assertOnlyFailed(t, await rowsOf(job), { index: 13, code, message });
    const [failure] = await failuresOf(job);
    t.is(failure?.attempts.length, 2);
    t.true(failure?.attempts.every((attempt) => attempt.code === code));
  });
}

test("a predict that uses all memory fails the one item with predictor_out_of_memory", async (t) => {
  const source = pythonPredict(
    "if 5 in payload:",
    "    hoard = []",
    "    while True:",
    "        hoard.append(bytearray(16 << 20))",
    "        time.sleep(0.02)",
    "return payload",
  );
  await deployPython(platform(), "glutton", source, { compute: { mem: "300Mi" } });
  const job = await runJob(platform(), "glutton", numbers(8, { batch_size: 2, max_attempts: 1 }));
  t.is(job.status.job_status.status, "completed_with_failures");
  assertOnlyFailed(t, await rowsOf(job), {
    index: 5,
    code: "predictor_out_of_memory",
    message: /compute\.mem/,
  });
});

test("a TypeScript predict that fills the heap fails the one item with predictor_out_of_memory", async (t) => {
  const source = `
export class Predictor {
  predict(payload: number[]) {
    const hoard: number[][] = [];
    while (payload.includes(3)) hoard.push(new Array(100_000).fill(Math.random()));
    return payload;
  }
}
`;
  await deployTypeScript(platform(), "heap", source, { compute: { mem: "300Mi" } });
  const job = await runJob(platform(), "heap", numbers(6, { batch_size: 2, max_attempts: 1 }));
  assertOnlyFailed(t, await rowsOf(job), {
    index: 3,
    code: "predictor_out_of_memory",
    message: /compute\.mem/,
  });
});

test("a list of another length is the batch's output for each item, and nothing is null", async (t) => {
  await deployPython(platform(), "length", pythonPredict('return None if 0 in payload else ["short"]'));
  const job = await runJob(platform(), "length", numbers(4, { batch_size: 2 }));
  t.is(job.status.job_status.status, "succeeded");
  const rows = await rowsOf(job);
  t.deepEqual(
    rows.map(({ output }) => output),
    [null, null, ["short"], ["short"]],
  );
});

test("20 MB of prints reach the log completely, and the results are right", async (t) => {
  const source = pythonPredict('for i in range(2000): print("x" * 1000)', "return payload");
  await deployPython(platform(), "chatty", source);
  const job = await runJob(platform(), "chatty", numbers(20, { batch_size: 2 }));
  t.is(job.status.job_status.status, "succeeded");
  const lines = (await logOf(job)).split("\n").filter((line) => /^x{1000}$/.test(line));
  t.is(lines.length, 20_000);
});

test("what a predictor leaves running in the background ends with the job", async (t) => {
  const source = pythonPredict(
    'subprocess.Popen(["sleep", "3611"], start_new_session=True)',
    'subprocess.Popen(["sh", "-c", "sleep 3612 & sleep 3613"], stdout=subprocess.DEVNULL)',
    "return payload",
  );
  await deployPython(platform(), "parent", source);
  const job = await runJob(platform(), "parent", numbers(4, { batch_size: 2 }));
  // That they are gone is what the end of this file asserts.
  t.is(job.status.job_status.status, "succeeded");
});

function assertOnlyFailed(
  t: ExecutionContext,
  rows: Awaited<ReturnType<typeof rowsOf>>,
  expected: { readonly index: number; readonly code: string; readonly message: RegExp },
): void {
  assertEachOnce(t, rows, rows.length);
  const failed = rows.filter(({ error }) => error);
  t.deepEqual(
    failed.map(({ index, error }) => [index, error?.code]),
    [[expected.index, expected.code]],
  );
  t.regex(failed[0]?.error?.message ?? "", expected.message);
  t.true(rows.every(({ index, output, error }) => error !== undefined || output === index));
}
