import { ClientException, ListJobsCommand, type ListJobsCommandInput } from "@aws-sdk/client-batch";
import test from "ava";
import { FOREVER, type Harness, startHarness } from "./harness.ts";

async function ids({ client }: Harness, input: ListJobsCommandInput): Promise<(string | undefined)[]> {
  const { jobSummaryList } = await client.send(new ListJobsCommand(input));
  return (jobSummaryList ?? []).map(({ jobId }) => jobId);
}

test("without a status only RUNNING jobs are listed, so never an array's parent", async (t) => {
  const harness = await startHarness(t, { maxVcpus: 3 });
  const running = await harness.submit(FOREVER);
  const parent = await harness.submit(FOREVER, { arrayProperties: { size: 2 } });
  const waiting = await harness.submit(FOREVER);
  await harness.status(running, "RUNNING");
  await harness.status(`${parent}:1`, "RUNNING");
  await harness.status(waiting, "RUNNABLE");
  t.deepEqual(await ids(harness, { jobQueue: "plain" }), [running]);
  t.deepEqual(await ids(harness, { jobQueue: "plain", jobStatus: "PENDING" }), [parent]);
  t.deepEqual(await ids(harness, { jobQueue: "plain", jobStatus: "RUNNABLE" }), [waiting]);
  t.deepEqual(await ids(harness, { jobQueue: "fair" }), []);
  t.deepEqual(await ids(harness, { arrayJobId: parent }), [`${parent}:0`, `${parent}:1`]);
  t.deepEqual(await ids(harness, { arrayJobId: parent, jobStatus: "FAILED" }), []);
  t.deepEqual(await ids(harness, { arrayJobId: "absent" }), []);
  const { jobSummaryList } = await harness.client.send(
    new ListJobsCommand({ jobQueue: "plain", jobStatus: "PENDING" }),
  );
  t.like(jobSummaryList?.[0], { jobName: "job", status: "PENDING", arrayProperties: { size: 2 } });
});

test("JOB_NAME matches without case and with a trailing *, whatever the status, newest first", async (t) => {
  const harness = await startHarness(t, { maxVcpus: 1 });
  const jobDefinition = await harness.define(FOREVER);
  const submit = (jobName: string, more = {}) => harness.submit([], { jobName, jobDefinition, ...more });
  const first = await submit("abc-g1");
  const second = await submit("ABC-g2");
  const array = await submit("abc-g3", { arrayProperties: { size: 2 } });
  await submit("xabc-g1");
  await harness.status(first, "RUNNING");
  await harness.status(second, "RUNNABLE");
  await harness.status(`${array}:1`, "RUNNABLE");
  const byName = (value: string, more = {}) =>
    ids(harness, { jobQueue: "plain", filters: [{ name: "JOB_NAME", values: [value] }], ...more });
  t.deepEqual(await byName("abc-g*"), [array, second, first]);
  t.deepEqual(await byName("abc-G1"), [first]);
  t.deepEqual(await byName("abc-g*", { jobStatus: "SUCCEEDED" }), [array, second, first]);
  t.deepEqual(await byName("abc"), []);
  // Filters do not apply to children: the status decides alone.
  t.deepEqual(await byName("other", { jobQueue: undefined, arrayJobId: array, jobStatus: "RUNNABLE" }), [
    `${array}:0`,
    `${array}:1`,
  ]);
});

test("the other filters: JOB_DEFINITION, created before and after, SHARE_IDENTIFIER with a status", async (t) => {
  const harness = await startHarness(t, { maxVcpus: 1 });
  const one = await harness.define(FOREVER, { jobDefinitionName: "one" });
  const two = await harness.define(FOREVER, { jobDefinitionName: "one" });
  const submit = (jobDefinition: string, shareIdentifier: string) =>
    harness.submit([], { jobQueue: "fair", jobDefinition, shareIdentifier });
  const first = await submit(one, "a");
  await harness.status(first, "RUNNING");
  const second = await submit(two, "b");
  const third = await submit(one, "a");
  await harness.status(third, "RUNNABLE");
  const by = (name: string, value: string, more = {}) =>
    ids(harness, { jobQueue: "fair", filters: [{ name, values: [value] }], ...more });
  t.deepEqual(await by("JOB_DEFINITION", "one"), [third, second, first]);
  t.deepEqual(await by("JOB_DEFINITION", two), [second]);
  t.deepEqual(await by("JOB_DEFINITION", "o*"), [third, second, first]);
  const { createdAt } = await harness.job(second);
  t.deepEqual(await by("BEFORE_CREATED_AT", String(createdAt)), [first]);
  t.deepEqual(await by("AFTER_CREATED_AT", "0"), [third, second, first]);
  t.deepEqual(await by("SHARE_IDENTIFIER", "a"), [third, first]);
  t.deepEqual(await by("SHARE_IDENTIFIER", "a", { jobStatus: "RUNNING" }), [first]);
});

for (const emptyPages of [false, true]) {
  test(`pages contain each job once${emptyPages ? ", with empty pages before full ones" : ""}`, async (t) => {
    const harness = await startHarness(t, { maxVcpus: 0, emptyPages });
    const jobDefinition = await harness.define(FOREVER);
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.unshift(await harness.submit([], { jobDefinition }));
    await harness.status(made[0] as string, "RUNNABLE");
    await Promise.all(made.map((id) => harness.status(id, "RUNNABLE")));
    const pages: (string | undefined)[][] = [];
    let nextToken: string | undefined;
    do {
      const page = await harness.client.send(
        new ListJobsCommand({ jobQueue: "plain", jobStatus: "RUNNABLE", maxResults: 2, nextToken }),
      );
      pages.push((page.jobSummaryList ?? []).map(({ jobId }) => jobId));
      nextToken = page.nextToken;
      // Jobs that come between two pages must not push others onto the next one.
      if (pages.at(-1)?.length) await harness.status(await harness.submit([], { jobDefinition }), "RUNNABLE");
    } while (nextToken !== undefined);
    t.deepEqual(
      pages.map(({ length }) => length),
      emptyPages ? [0, 2, 0, 2, 0, 1] : [2, 2, 1],
    );
    t.deepEqual(pages.flat(), made);
  });
}

test("ListJobs refuses what the service refuses", async (t) => {
  const harness = await startHarness(t);
  const refused = (input: ListJobsCommandInput) =>
    t.throwsAsync(ids(harness, input), { instanceOf: ClientException });
  await refused({});
  await refused({ jobQueue: "absent" });
  await refused({ jobQueue: "plain", arrayJobId: "x" });
  await refused({ jobQueue: "plain", maxResults: 0 });
  await refused({ jobQueue: "plain", nextToken: "made-up" });
  await refused({ jobQueue: "plain", jobStatus: "DONE" as "RUNNING" });
  await refused({ jobQueue: "plain", filters: [{ name: "STATUS", values: ["x"] }] });
  const filter = { name: "JOB_NAME", values: ["x"] };
  await refused({ jobQueue: "plain", filters: [filter, filter] });
});
