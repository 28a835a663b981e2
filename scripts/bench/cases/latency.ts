import type { Measurement } from "../measure.ts";
import { deploy, type Platform, runJob } from "../platform.ts";

const PROJECT = {
  "millrace.yaml": "- { name: clock, kind: BatchAPI, predictor: { type: typescript, path: clock.ts } }\n",
  "clock.ts":
    "export class Predictor { predict(payload: unknown[]) { return payload.map(() => Date.now()); } }\n",
};

/** A small job: how long until the first predict, and from the last one to the final status. */
export async function latency(
  platform: Platform,
  options: { readonly rounds: number },
): Promise<Measurement[]> {
  await deploy(platform, PROJECT);
  const submission = { workers: 1, item_list: { items: [1, 2, 3], batch_size: 1 } };
  const first: number[] = [];
  const last: number[] = [];
  // The first job fills the cache of compiled code, as the first job of an installation does.
  await runJob(platform, "clock", { submission });
  for (let round = 0; round < options.rounds; round++) {
    const submittedAt = Date.now();
    const { job_status } = await runJob(platform, "clock", { submission });
    const times: number[] = [];
    let text = "";
    for await (const chunk of platform.client.results("clock", job_status.job_id))
      text += new TextDecoder().decode(chunk);
    for (const row of text.trimEnd().split("\n")) times.push(JSON.parse(row).output);
    first.push(Math.min(...times) - submittedAt);
    last.push(Date.parse(job_status.end_time ?? "") - Math.max(...times));
  }
  return [
    { name: "submit -> first predict", unit: "ms", ours: first, target: { kind: "at most", value: 400 } },
    { name: "last predict -> final status", unit: "ms", ours: last, target: { kind: "at most", value: 150 } },
  ];
}
