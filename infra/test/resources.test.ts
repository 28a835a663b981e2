import { readFileSync, writeFileSync } from "node:fs";
import test from "ava";
import { clusterYaml, SHAPES, type Stack, synth } from "./fixtures/synth.ts";

const MODES = ["public", "nat", "endpoints", "existing"] as const;

const stackOf = (network: (typeof MODES)[number], gpus: "none" | "gpus" = "none") =>
  synth(clusterYaml({ network, gpus, access: "internal" }));

/** `type.name` of all resources, sorted, without the hashes of their paths. */
function resourceList(stack: Stack): readonly string[] {
  return Object.entries(stack.resource)
    .flatMap(([type, resources]) =>
      Object.keys(resources).map((name) => `${type}.${name.replace(/_[0-9A-F]{8}$/, "")}`),
    )
    .sort();
}

for (const mode of MODES) {
  test(`network mode ${mode} makes the resources of its list`, (t) => {
    const file = new URL(`snapshots/${mode}.txt`, import.meta.url);
    const list = `${resourceList(stackOf(mode)).join("\n")}\n`;
    // A list that changed on purpose: MILLRACE_UPDATE=1 ava test/resources.test.ts
    if (process.env.MILLRACE_UPDATE === "1") writeFileSync(file, list);
    t.is(list, readFileSync(file, "utf8"));
  });
}

/** Types of the resources that differ between two stacks: there in one only, or changed. */
function changed(
  before: Stack,
  after: Stack,
): { readonly only: readonly string[]; readonly differ: readonly string[] } {
  const flat = (stack: Stack) =>
    new Map(
      Object.entries(stack.resource).flatMap(([type, resources]) =>
        Object.entries(resources).map(([name, value]) => [`${type}.${name}`, JSON.stringify(value)] as const),
      ),
    );
  const [a, b] = [flat(before), flat(after)];
  const both = [...a.keys()].filter((key) => b.has(key));
  const typeOf = (key: string) => key.split(".")[0] as string;
  const only = [...a.keys(), ...b.keys()].filter((key) => !(a.has(key) && b.has(key)));
  return {
    only: [...new Set(only.map(typeOf))].sort(),
    differ: [...new Set(both.filter((key) => a.get(key) !== b.get(key)).map(typeOf))].sort(),
  };
}

test("GPU families change only their own machines and the job queues that the service knows", (t) => {
  for (const mode of MODES) {
    t.deepEqual(changed(stackOf(mode), stackOf(mode, "gpus")), {
      only: ["aws_batch_compute_environment", "aws_batch_job_queue"],
      // The service is told the new queues, its role may use them, and their events are let through.
      differ: ["aws_cloudwatch_event_rule", "aws_ecs_task_definition", "aws_iam_role_policy"],
    });
  }
});

test("a network mode changes only the network and what is placed in it", (t) => {
  const { only, differ } = changed(stackOf("nat"), stackOf("endpoints"));
  t.deepEqual(only, [
    "aws_eip",
    "aws_internet_gateway",
    "aws_nat_gateway",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_security_group",
    "aws_subnet",
    "aws_vpc_endpoint",
    "aws_vpc_security_group_ingress_rule",
  ]);
  t.deepEqual(differ, ["aws_vpc_endpoint"]);
  const blocks = (stack: Stack) =>
    Object.entries(stack.resource.aws_subnet ?? {}).map(
      ([name, { cidr_block }]) => [name, cidr_block] as const,
    );
  const inNat = new Map(blocks(stackOf("nat")));
  for (const [name, block] of blocks(stackOf("public")))
    t.is(inNat.get(name), block, "a change of mode moves no subnet");
  t.is(new Set(inNat.values()).size, inNat.size);
  const open = changed(stackOf("public"), stackOf("nat"));
  t.deepEqual(
    open.differ.filter((type) => !/subnet|route|endpoint/.test(type)),
    ["aws_batch_compute_environment", "aws_ecs_service", "aws_lb"],
  );
});

test("every variant has one ledger, one bucket and one service, whatever its network", (t) => {
  for (const shape of SHAPES) {
    const list = resourceList(synth(clusterYaml(shape)));
    for (const type of ["aws_dynamodb_table", "aws_s3_bucket", "aws_ecs_service", "aws_lb"]) {
      t.is(list.filter((name) => name.startsWith(`${type}.`)).length, 1, type);
    }
  }
});

test("a stack for an unknown account has a remote state too, and Terraform asks for its bucket", (t) => {
  const { terraform } = synth("region: eu-west-1\n", {});
  t.like(terraform.backend.s3, {
    encrypt: true,
    use_lockfile: true,
    key: "millrace/millrace/cluster.tfstate",
  });
  t.false("bucket" in (terraform.backend.s3 ?? {}));
});

test("only local-trial writes a local state", (t) => {
  t.deepEqual(
    Object.keys(synth("region: eu-west-1\n", { MILLRACE_STATE: "local-trial" }).terraform.backend),
    ["local"],
  );
  t.throws(() => synth("region: eu-west-1\n", { MILLRACE_STATE: "local" }), {
    message: /expected remote or local-trial/,
  });
});

test("without images the service is missing, and nothing else changes", (t) => {
  const yaml = clusterYaml({ network: "public", gpus: "none", access: "internal" });
  const known = { MILLRACE_AWS_ACCOUNT: "123456789012" };
  const before = synth(yaml, known);
  t.deepEqual(changed(before, synth(yaml)), {
    only: ["aws_cloudwatch_metric_alarm", "aws_ecs_service"],
    differ: ["aws_ecs_task_definition"],
  });
});

test("release removes exactly the data resources from the state", (t) => {
  const yaml = "region: eu-west-1\n";
  const { removed = [], resource } = synth(yaml, {
    MILLRACE_AWS_ACCOUNT: "123456789012",
    MILLRACE_DATA: "release",
  });
  t.is(resource, undefined as never);
  const protectedOnes = Object.entries(synth(yaml).resource)
    .filter(([type]) => /^aws_(s3_bucket|dynamodb_table|ecr_)/.test(type))
    .flatMap(([type, resources]) => Object.keys(resources).map((name) => `${type}.${name}`));
  t.deepEqual(removed.map(({ from }) => from).sort(), protectedOnes.sort());
  t.true(removed.every(({ lifecycle }) => (lifecycle as { destroy: boolean }).destroy === false));
});

test("adopt imports what release left, by its name", (t) => {
  const stack = synth("region: eu-west-1\n", {
    MILLRACE_AWS_ACCOUNT: "123456789012",
    MILLRACE_DATA: "adopt",
  });
  const ids = Object.fromEntries((stack.import ?? []).map(({ to, id }) => [String(to), id]));
  t.is(ids["aws_s3_bucket.objects"], "millrace-123456789012-eu-west-1");
  t.is(ids["aws_dynamodb_table.ledger"], "millrace-ledger");
  t.is(ids["aws_ecr_repository.control"], "millrace/millrace/control");
});

test("unprotect lets everything be destroyed", (t) => {
  const stack = synth("region: eu-west-1\nprotect_data: false\n");
  t.false(JSON.stringify(stack).includes('"prevent_destroy":true'));
  t.is(Object.values(stack.resource.aws_dynamodb_table ?? {})[0]?.deletion_protection_enabled, false);
});
