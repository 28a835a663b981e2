import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import {
  assertEachOnce,
  assertScaledToZero,
  deployPython,
  deployTypeScript,
  processesOf,
  pythonPredict,
  type Runtime,
  resultDigest,
  rowsOf,
  runJob,
  startPlatform,
} from "../src/mod.ts";

const ITEMS = 3_000;

const PYTHON = pythonPredict(
  "if any(item['n'] == 1234 for item in payload):",
  "    raise ValueError('poison')",
  "return [{'text': item['text'].upper(), 'third': item['n'] / 3} for item in payload]",
);

const TYPESCRIPT = `
interface Item { readonly n: number; readonly text: string }
export class Predictor {
  predict(payload: Item[]): unknown[] {
    if (payload.some(({ n }) => n === 1234)) throw new Error("poison");
    return payload.map(({ n, text }) => ({ text: text.toUpperCase(), third: n / 3 }));
  }
}
`;

test("the same jobs under Node and Deno return the same bytes, for both kinds of predictors", async (t) => {
  const [node, deno] = [await digests(t, "node"), await digests(t, "deno")];
  t.deepEqual(deno, node);
});

/** SHA-256 of the results of one job for each kind of predictor. */
async function digests(t: ExecutionContext, runtime: Runtime): Promise<readonly string[]> {
  const platform = await startPlatform(t, { runtime });
  const service = processesOf(platform.home).find(({ kind }) => kind === "service");
  t.is(/\bdeno\b/.test(service?.command ?? ""), runtime === "deno");
  const headers = { authorization: `Bearer ${platform.token}` };
  t.is((await fetch(`${platform.url}/dashboard`, { headers })).status, 200);
  await deployPython(platform, "python", PYTHON);
  await deployTypeScript(platform, "typescript", TYPESCRIPT);
  const file = join(platform.files, "items.ndjson");
  const line = (n: number) =>
    `${JSON.stringify({ custom_id: `row ${n}`, n, text: `täxt ${n} \u{1F600}` })}\n`;
  await writeFile(file, Array.from({ length: ITEMS }, (_, n) => line(n)).join(""));
  const delimited_files = { s3_paths: [file], batch_size: 16 };
  const found: string[] = [];
  for (const api of ["python", "typescript"]) {
    const job = await runJob(platform, api, { workers: 2, delimited_files, max_attempts: 1 });
    t.is(job.status.job_status.status, "completed_with_failures");
    const rows = await rowsOf(job);
    assertEachOnce(t, rows, ITEMS);
    t.deepEqual(
      rows.filter(({ error }) => error).map(({ id }) => id),
      ["row 1234"],
    );
    found.push(await resultDigest(job));
  }
  await assertScaledToZero(t, platform);
  await platform.destroy();
  return found;
}
