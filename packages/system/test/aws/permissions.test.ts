import { type RecordedCall, type UsedPermission, usedPermissions } from "@millrace/aws-emulator";
import {
  type ClusterResources,
  controlPermissions,
  type PolicyStatement,
  workerPermissions,
} from "@millrace/backend-aws/permissions";
import test from "ava";
import {
  deployPython,
  deployTypeScript,
  ECHO_TS,
  type FinishedJob,
  finished,
  numbers,
  type Platform,
  poll,
  pythonPredict,
  rowsOf,
  runJob,
  startPlatform,
  statusOf,
  submit,
} from "../../src/mod.ts";

const PLACE = { region: "us-east-1", account: "123456789012" };
const DATASETS = "datasets-of-a-user";
const LETTERS = "letters-of-a-user";

/** What the infrastructure and users do. */
const BY_THE_TEST = new Set([
  "CreateBucket",
  "CreateLogGroup",
  "CreateQueue",
  "CreateTable",
  "DescribeTable",
  "PutObject",
]);

/** Declared, and not to be seen in a run in which nothing goes wrong. */
const ONLY_WHEN_THINGS_GO_WRONG = [
  // A write that failed halfway is given up.
  "control s3:AbortMultipartUpload (Objects)",
  "worker s3:AbortMultipartUpload (WriteResults)",
  "worker s3:AbortMultipartUpload (KeepDependencies)",
  // Input that went away while the job runs: without it AWS answers that it is not permitted.
  "worker s3:ListBucket (ListDatasets)",
];

test("the roles of service and workers permit what a complete run did, and nothing else", async (t) => {
  t.timeout(900_000);
  const calls: RecordedCall[] = [];
  const platform = await startPlatform(t, {
    aws: { withFaults: true, record: (call) => calls.push(call) },
  });
  t.deepEqual(await useEverything(platform), [
    "succeeded",
    "succeeded",
    "succeeded",
    "completed_with_failures",
    "succeeded",
    "stopped",
  ]);
  await platform.stop();

  const { config } = platform.aws;
  const resources: ClusterResources = {
    partition: "aws",
    ...PLACE,
    ...config,
    jobQueueArns: Object.values(config.jobQueues).map(
      (name) => `arn:aws:batch:${PLACE.region}:${PLACE.account}:job-queue/${name}`,
    ),
    datasets: [DATASETS],
    deadLetterQueueArns: [`arn:aws:sqs:${PLACE.region}:${PLACE.account}:${LETTERS}`],
  };
  const declared = { control: controlPermissions(resources), worker: workerPermissions(resources) };
  const used = calls
    .filter(({ principal }) => principal !== "unknown")
    .flatMap((call) => usedPermissions(call, PLACE));
  const others = calls.filter(({ principal }) => principal === "unknown").map(({ operation }) => operation);
  t.deepEqual(
    [...new Set(others)].filter((operation) => !BY_THE_TEST.has(operation)),
    [],
  );

  t.deepEqual(refusals(used, declared), [], "what was done is permitted");
  const unused = Object.entries(declared).flatMap(([principal, statements]) =>
    unusedActions(principal, statements, used),
  );
  t.deepEqual(unused.toSorted(), ONLY_WHEN_THINGS_GO_WRONG.toSorted(), "what is permitted was done");
  const tags = calls
    .filter(({ operation }) => operation === "SubmitJob")
    .map(({ body }) => (JSON.parse(body) as { tags: Record<string, string> }).tags["millrace:cluster"]);
  t.true(
    tags.length > 0 && tags.every((cluster) => cluster === config.cluster),
    "jobs can be told by their cluster",
  );
});

/** What a cluster does in its life. @returns how its jobs ended */
async function useEverything(platform: Platform): Promise<readonly string[]> {
  const ended: string[] = [];
  const done = <Job extends FinishedJob>(job: Job): Job => {
    const { status, status_reason: reason } = job.status.job_status;
    ended.push(status === "enqueue_failed" ? `${status}: ${reason?.message}` : status);
    return job;
  };
  const { endpoints } = platform.aws.config;
  const put = async (key: string, body: string | null) => {
    const headers = { authorization: signedFor("s3") };
    const response = await fetch(`${endpoints.s3}/${DATASETS}${key}`, { method: "PUT", headers, body });
    if (!response.ok) throw new Error(`Cannot put "${key}": ${response.status}`);
  };
  await put("", null);
  for (const name of ["a", "b"]) {
    await put(`/in/${name}.ndjson`, Array.from({ length: 40 }, (_, i) => `${i}\n`).join(""));
  }
  const queue = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.CreateQueue" };
  const created = await fetch(endpoints.sqs ?? "", {
    method: "POST",
    headers: { ...queue, authorization: signedFor("sqs") },
    body: JSON.stringify({ QueueName: LETTERS }),
  });
  const { QueueUrl = "" } = (await created.json()) as { QueueUrl?: string };
  const account = QueueUrl.split("/").at(-2);
  const arn = `arn:aws:sqs:us-east-1:${account}:${LETTERS}`;

  await deployTypeScript(platform, "echo", ECHO_TS, {
    files: { "package.json": JSON.stringify({ type: "module", dependencies: { "is-number": "7.0.0" } }) },
  });
  const prefix = `s3://${DATASETS}/in/`;
  done(
    await runJob(platform, "echo", { workers: 1, delimited_files: { s3_paths: [prefix], batch_size: 8 } }),
  );
  done(await enqueuedTwice(platform, { s3_paths: [prefix], batch_size: 1 }));

  const picky = pythonPredict(
    'if self.config.get("poison") in payload:',
    '    raise ValueError("cannot digest")',
    'if self.config.get("large"):',
    '    return ["x" * 40_000 for _ in payload]',
    'if self.config.get("slow"):',
    "    time.sleep(1)",
    "return payload",
  );
  await deployPython(platform, "picky", picky);
  done(
    await runJob(platform, "picky", numbers(600, { batch_size: 100, workers: 2, config: { large: true } })),
  );
  const letters = { sqs_dead_letter_queue: { arn, max_receive_count: 2 } };
  const failed = done(await runJob(platform, "picky", numbers(40, { config: { poison: 17 }, ...letters })));
  await rowsOf(failed);
  await deployPython(
    platform,
    "picky",
    pythonPredict('if self.config.get("slow"):', "    time.sleep(1)", "return payload"),
  );
  const view = await platform.client.retry(failed.endpoint, failed.jobId);
  done(await finished({ platform, endpoint: failed.endpoint, jobId: view.job_id }));

  // A submission without an answer is looked for.
  platform.aws.faults?.inject({ service: "batch", operation: "SubmitJob", kind: "timeoutAfterSuccess" });
  const slow = await submit(platform, "picky", numbers(400, { workers: 2, config: { slow: true } }));
  await poll("rows", async () => (await statusOf(slow)).metrics.items.succeeded > 0);
  await platform.stop();
  await platform.start();
  for await (const _ of platform.client.logs(slow.endpoint, slow.jobId, { follow: true })) break;
  const submissions = () => platform.aws.faults?.requests.batch.SubmitJob ?? 0;
  const before = submissions();
  const victim = platform.aws.batch.jobs().find(({ pid }) => pid !== undefined);
  process.kill(victim?.pid as number, "SIGKILL");
  await poll("another worker", async () => submissions() > before);
  await platform.client.stop(slow.endpoint, slow.jobId);
  done(await finished(slow));

  await deployPython(platform, "picky", pythonPredict("return payload"));
  for await (const _ of platform.client.refresh("picky"));
  await platform.client.deleteApi("picky");
  return ended;
}

/** Kills the service between the sending of batches and its answer. */
async function enqueuedTwice(
  platform: Platform,
  lister: { readonly s3_paths: readonly string[]; readonly batch_size: number },
): Promise<FinishedJob> {
  const { faults } = platform.aws;
  faults?.inject({ service: "sqs", operation: "SendMessageBatch", kind: "delay", delayMs: 60_000 });
  const job = await submit(platform, "echo", {
    workers: 2,
    file_path_lister: { ...lister, s3_paths: [...lister.s3_paths] },
  });
  await poll("batches on their way", async () => (faults?.counts.sqs.delay ?? 0) > 0);
  await platform.stop("SIGKILL");
  await platform.start();
  return finished(job);
}

/** Enough for the proxy to see whose request it is; emulators take any signature. */
function signedFor(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/${service}/aws4_request`;
}

type Declared = Readonly<Record<string, readonly PolicyStatement[]>>;

function refusals(used: readonly UsedPermission[], declared: Declared): readonly string[] {
  const refused = used.filter(
    ({ principal, ...one }) => !declared[principal]?.some((statement) => permits(statement, one)),
  );
  return [
    ...new Set(refused.map(({ principal, action, resource }) => `${principal} ${action} on ${resource}`)),
  ].sort();
}

/** Actions of a statement that nothing used on its resources. */
function unusedActions(
  principal: string,
  statements: readonly PolicyStatement[],
  used: readonly UsedPermission[],
): readonly string[] {
  const own = used.filter((one) => one.principal === principal);
  return statements.flatMap(({ sid, actions, resources }) =>
    actions
      .filter((action) => !own.some((one) => permits({ actions: [action], resources }, one)))
      .map((action) => `${principal} ${action} (${sid})`),
  );
}

function permits(
  { actions, resources }: Pick<PolicyStatement, "actions" | "resources">,
  used: Pick<UsedPermission, "action" | "resource">,
): boolean {
  return actions.includes(used.action) && resources.some((resource) => covers(resource, used.resource));
}

/** `*` in a policy's resource stands for any text. */
function covers(pattern: string, resource: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(resource);
}
