import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { type Platform, startPlatform } from "../src/mod.ts";

const MILLRACE = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));
const run = promisify(execFile);

/** Says of each value its type and what Python writes of it. */
const PREDICTOR = `
def told(x):
    if isinstance(x, dict): return {k: told(v) for k, v in x.items()}
    if isinstance(x, list): return [told(v) for v in x]
    return f"{type(x).__name__}:{x!r}"

class PythonPredictor:
    def __init__(self, config, job_spec): self.given = {"config": config, "spec": job_spec["config"]}
    def predict(self, payload):
        if "fail" in payload[0] if isinstance(payload[0], dict) else False: raise ValueError("as asked")
        return [told(self.given[p]) if p in ("config", "spec") else [told(p), p] for p in payload]
`;
const YAML = `
- name: types
  kind: BatchAPI
  predictor:
    type: python
    path: predictor.py
    config: {f: 1.0, big: 9007199254740993, huge: 12345678901234567890123, e: 1e3, d: 2024-01-01, o: 0o17, x: 0xFF, n: NO, v: 1.10, neg0: -0.0, t: 12:30:00, plus: +7, point: .5, seven: 007}
  job_defaults: {max_attempts: 1}
`;
const TOLD_CONFIG = {
  f: "float:1.0",
  big: "int:9007199254740993",
  huge: "int:12345678901234567890123",
  e: "float:1000.0",
  d: "str:'2024-01-01'",
  o: "int:15",
  x: "int:255",
  n: "str:'NO'",
  v: "float:1.1",
  neg0: "float:-0.0",
  t: "str:'12:30:00'",
  plus: "int:7",
  point: "float:0.5",
  seven: "int:7",
};

test("numbers from YAML, flags, files and REST keep their digits to the predictor and back", async (t) => {
  const platform = await deployTypes(t);
  const flags = ["--config", "big2=9007199254740995", "--config", '{"f2":2.0}'];
  const given = await results(platform, ["--items", '["config","spec"]', "--batch-size", "1", ...flags]);
  const expected = { ...TOLD_CONFIG, big2: "int:9007199254740995", f2: "float:2.0" };
  t.deepEqual(
    given.map((line) => JSON.parse(line).output),
    [expected, expected],
  );

  const items =
    '[9007199254740993, 1.0, -0.0, 0.1000000000000000055511151231257827, {"a":[1e2,12345678901234567890]}]';
  const rows = [
    '["int:9007199254740993",9007199254740993]',
    '["float:1.0",1.0]',
    '["float:-0.0",-0.0]',
    '["float:0.1",0.1]',
    '[{"a":["float:100.0","int:12345678901234567890"]},{"a":[100.0,12345678901234567890]}]',
  ];
  const byFlag = await results(platform, ["--items", items, "--batch-size", "1"]);
  t.deepEqual(
    byFlag,
    rows.map((output, index) => `{"index":${index},"id":null,"output":${output}}`),
  );
  const body = `{"workers":1,"item_list":{"batch_size":1,"items":${items}}}`;
  const file = join(platform.files, "submission.json");
  await writeFile(file, body);
  t.deepEqual(await results(platform, [file]), byFlag);
  t.deepEqual(await resultsOf(platform, await post(platform, body)), byFlag);
});

test("custom_id keeps its digits in rows, failures and retries", async (t) => {
  const platform = await deployTypes(t);
  const file = join(platform.files, "ids.ndjson");
  const lines = [
    '{"custom_id":9007199254740993,"fail":1.0}',
    '{"custom_id":9007199254740992}',
    '{"custom_id":"9007199254740993"}',
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const jobId = await submit(platform, ["--delimited", file, "--batch-size", "1"]);
  const ids = (rows: readonly string[]) => rows.map((row) => /"id":("?\d+"?)/.exec(row)?.[1]);
  const expected = ["9007199254740993", "9007199254740992", '"9007199254740993"'];
  t.deepEqual(ids(await resultsOf(platform, jobId)), expected);
  const failed = await millrace(platform, ["failures", "types", jobId, "-o", "json"]);
  t.regex(
    failed,
    /^\{"index":0,"id":9007199254740993,.*"payload":\{"custom_id":9007199254740993,"fail":1\.0\}/,
  );
  t.regex(
    await millrace(platform, ["failures", "types", jobId]),
    /item 0 9007199254740993: .*\n {2}payload: \{"custom_id":9007199254740993,"fail":1\.0\}/,
  );
  const retried =
    /as job (\w+)/.exec(await millrace(platform, ["retry", "types", jobId, "--watch"], [3]))?.[1] ?? "";
  t.deepEqual(ids(await resultsOf(platform, retried)), expected);
});

test("the command shows the config of a job and of an API with all digits", async (t) => {
  const platform = await deployTypes(t);
  const jobId = await submit(platform, ["--items", "[1]", "--batch-size", "1", "--config", "f2=3.0"]);
  for (const args of [
    ["get", "types", jobId, "-o", "json"],
    ["get", "types", "-o", "json"],
  ]) {
    const shown = await millrace(platform, args);
    t.regex(shown, /"big": 9007199254740993/, args.join(" "));
    t.regex(shown, /"f": 1\.0,/, args.join(" "));
  }
});

test("a number beyond a double's range is refused with its field, from flags, files and YAML alike", async (t) => {
  const platform = await deployTypes(t);
  const args = ["submit", "types", "--items", "[1, 1e400]", "--batch-size", "1"];
  const refused = await t.throwsAsync(millrace(platform, args));
  t.regex(refused?.message ?? "", /item_list[.:] ?items\[?1?.*finite number \(got 1e400\)/);
});

async function deployTypes(t: ExecutionContext): Promise<Platform> {
  const platform = await startPlatform(t);
  const project = join(platform.files, "types");
  await mkdir(project);
  await writeFile(join(project, "millrace.yaml"), YAML);
  await writeFile(join(project, "predictor.py"), PREDICTOR);
  await millrace(platform, ["deploy", join(project, "millrace.yaml")]);
  return platform;
}

/** Runs the command; fails when it ends with another code than 0 or one of `codes`. */
async function millrace(
  platform: Platform,
  args: readonly string[],
  codes: readonly number[] = [],
): Promise<string> {
  try {
    return (await run(process.execPath, [MILLRACE, ...args, "--home", platform.home])).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    if (codes.includes(code)) return stdout;
    throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}${stdout}`, { cause: error });
  }
}

async function submit(platform: Platform, args: readonly string[]): Promise<string> {
  const told = await millrace(platform, ["submit", "types", ...args, "--watch"], [3]);
  return /submitted job (\w+)/.exec(told)?.[1] ?? "";
}

async function results(platform: Platform, args: readonly string[]): Promise<readonly string[]> {
  return resultsOf(platform, await submit(platform, args));
}

async function resultsOf(platform: Platform, jobId: string): Promise<readonly string[]> {
  await millrace(platform, ["get", "types", jobId, "--watch"], [3]);
  return (await millrace(platform, ["results", "types", jobId])).trim().split("\n");
}

async function post(platform: Platform, body: string): Promise<string> {
  const headers = { authorization: `Bearer ${platform.token}`, "content-type": "application/json" };
  const response = await fetch(`${platform.url}/types`, { method: "POST", body, headers });
  return String(((await response.json()) as { job_id: string }).job_id);
}
