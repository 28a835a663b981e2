import { spawnSync } from "node:child_process";
import { ImportCertificateCommand } from "@aws-sdk/client-acm";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "@millrace/backend-aws/table-definition";
import test, { type ExecutionContext } from "ava";
import { idleCost } from "../../src/commands/preflight/idle-cost.ts";
import { preflight } from "../../src/commands/preflight/preflight.ts";
import { parseCluster } from "../../src/config/parse-cluster.ts";
import { clusterOf, quotaService, startAws } from "./harness.ts";

const aws = startAws(test);
/** Made for this test: of other.example.com. */
const [CERTIFICATE, KEY] = selfSigned();
const QUOTAS = {
  "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances": 512,
  "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests": 32,
  "Running On-Demand G and VT instances": 0,
  "All G and VT Spot Instance Requests": 64,
};

async function check(t: ExecutionContext, yaml: readonly string[], more: { readonly adopt?: boolean } = {}) {
  const quotas = await quotaService(t, QUOTAS);
  const cluster = await clusterOf(t, aws, { yaml, environment: { MILLRACE_AWS_ENDPOINT_QUOTAS: quotas } });
  const lines: string[] = [];
  const options = {
    trial: false,
    adopt: false,
    environment: aws.environment(),
    log: (line: string) => lines.push(line),
  };
  const passed = await preflight(cluster, { ...options, ...more });
  return { cluster, passed, said: lines.join("\n") };
}

/** A certificate and its key, by openssl, which is on every machine that has Git or Python. */
function selfSigned(): readonly [string, string] {
  const args =
    "req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=other.example.com -keyout - -out -".split(" ");
  const { stdout } = spawnSync("openssl", args, { encoding: "utf8" });
  const part = (name: string) =>
    new RegExp(`-----BEGIN ${name}-----[^]*?-----END ${name}-----`).exec(stdout)?.[0] ?? "";
  return [part("CERTIFICATE"), part("PRIVATE KEY")];
}

test("preflight() names quotas too small for one instance, and quotas below what is configured", async (t) => {
  const { passed, said } = await check(t, ["name: quotas", "compute: { gpus: [{ family: g5 }] }"]);
  t.false(passed);
  t.regex(
    said,
    /FAILED {2}g5: the account may run 0 vCPUs, an instance has 4\n.*Service Quotas, Amazon EC2, "Running On-Demand G and VT instances"/,
  );
  t.regex(said, /warning machines without GPUs: the account may run 32 vCPUs of the 64 configured/);
  t.regex(said, /ok {6}g5: 64 vCPUs of 64/);
});

test("preflight() refuses a table that Terraform does not know, unless it is to be adopted", async (t) => {
  const yaml = ["name: names"];
  const { cluster } = await check(t, yaml);
  await cluster.clients.dynamodb.send(new CreateTableCommand(tableDefinition("names-ledger")));
  const { said } = await check(t, yaml);
  t.regex(said, /FAILED {2}table names-ledger exists, but not in Terraform's state\n.*--adopt-data/);
  const adopting = await check(t, yaml, { adopt: true });
  t.regex(adopting.said, /ok {6}table names-ledger will be taken over/);
  t.regex(
    adopting.said,
    /FAILED {2}bucket names-123456789012-eu-west-1 does not exist\n.*leave out --adopt-data/,
  );
});

test("preflight() reports a certificate for another name, and one that does not exist", async (t) => {
  const { cluster } = await check(t, ["name: certificates"]);
  const { CertificateArn = "" } = await cluster.clients.acm.send(
    new ImportCertificateCommand({ Certificate: Buffer.from(CERTIFICATE), PrivateKey: Buffer.from(KEY) }),
  );
  const yaml = (arn: string) => [
    "name: certificates",
    "service:",
    "  access: public",
    `  certificate: ${arn}`,
    "  domain: millrace.example.org",
    "  allowed_cidrs: [203.0.113.0/24]",
  ];
  const other = await check(t, yaml(CertificateArn));
  t.regex(other.said, /FAILED {2}the certificate is for .*, not for millrace\.example\.org/);
  const none = await check(
    t,
    yaml("arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"),
  );
  t.regex(none.said, /FAILED {2}the certificate cannot be read/);
});

test("preflight() says what a cluster costs, by its network", (t) => {
  const monthly = (yaml: string) =>
    Math.round(
      idleCost(parseCluster(`region: eu-west-1\n${yaml}`, { file: "c" })).reduce(
        (sum, { usd }) => sum + usd,
        0,
      ),
    );
  t.is(monthly(""), 39);
  t.is(monthly("network: { mode: nat }"), 72);
  t.is(monthly("network: { mode: endpoints }"), 167);
});
