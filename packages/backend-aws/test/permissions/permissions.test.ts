import test from "ava";
import { type ClusterResources, controlPermissions, workerPermissions } from "../../src/permissions/mod.ts";

const RESOURCES: ClusterResources = {
  partition: "aws",
  region: "eu-west-1",
  account: "123456789012",
  cluster: "prod",
  bucket: "prod-objects",
  table: "prod-ledger",
  eventsQueue: "prod-batch-events",
  logGroup: "/millrace/prod/jobs",
  workerLogGroup: "/millrace/prod/workers",
  jobQueueArns: ["arn:aws:batch:eu-west-1:123456789012:job-queue/prod-cpu"],
  jobRoleArn: "arn:aws:iam::123456789012:role/millrace/prod/jobs/worker",
  executionRoleArn: "arn:aws:iam::123456789012:role/millrace/prod/execution",
  datasets: ["lake/images/2026", "lake/texts", "other"],
  deadLetterQueueArns: [],
};
const BOTH = { control: controlPermissions(RESOURCES), worker: workerPermissions(RESOURCES) };

for (const [role, statements] of Object.entries(BOTH)) {
  test(`${role}: no statement permits all actions, and only what cannot be limited is permitted on everything`, (t) => {
    for (const { actions, resources, sid } of statements) {
      t.true(resources.length > 0, sid);
      t.true(
        actions.every((action) => /^[a-z0-9]+:[A-Za-z]+$/.test(action)),
        sid,
      );
      if (resources.includes("*"))
        t.regex(actions.join(" "), /^(sqs:ListQueues|batch:(Describe|List)[\w: ]+)$/);
    }
    t.is(new Set(statements.map(({ sid }) => sid)).size, statements.length);
  });

  test(`${role}: every resource belongs to the cluster or is named by its configuration`, (t) => {
    const resources = statements.flatMap((statement) => statement.resources).filter((one) => one !== "*");
    t.deepEqual(
      resources.filter((one) => !/prod|:job\/\*$|s3:::(lake|other)(\/|$)/.test(one)),
      [],
    );
  });
}

test("datasets are readable under their prefix only, and each bucket is listed once", (t) => {
  const find = (sid: string) => BOTH.worker.find((statement) => statement.sid === sid)?.resources;
  t.deepEqual(find("ReadDatasets"), [
    "arn:aws:s3:::lake/images/2026*",
    "arn:aws:s3:::lake/texts*",
    "arn:aws:s3:::other/*",
  ]);
  t.deepEqual(find("ListDatasets"), ["arn:aws:s3:::lake", "arn:aws:s3:::other"]);
});

test("the service passes just the workers' roles, to containers only, and workers pass none", (t) => {
  const passing = BOTH.control.filter(({ actions }) => actions.includes("iam:PassRole"));
  t.is(passing.length, 1);
  t.deepEqual(passing[0]?.resources, [RESOURCES.jobRoleArn, RESOURCES.executionRoleArn]);
  t.deepEqual(passing[0]?.condition, { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } });
  t.false(BOTH.worker.some(({ actions }) => actions.some((action) => /^(iam|batch):/.test(action))));
});

test("the service ends the cluster's own jobs only", (t) => {
  const ending = BOTH.control.find(({ actions }) => actions.includes("batch:TerminateJob"));
  t.deepEqual(ending?.condition, { StringEquals: { "aws:ResourceTag/millrace:cluster": "prod" } });
});

test("workers write nothing of an API but its stored dependencies", (t) => {
  const writing = BOTH.worker.filter(({ actions }) => actions.includes("s3:PutObject"));
  t.deepEqual(
    writing.flatMap(({ resources }) => resources),
    ["arn:aws:s3:::prod-objects/jobs/*", "arn:aws:s3:::prod-objects/apis/*/objects/dependencies/*"],
  );
});
