import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { json } from "node:stream/consumers";
import test, { type ExecutionContext } from "ava";
import type { Allowed } from "../allowed.ts";
import { audit } from "../audit.ts";

const ROOT = resolve(import.meta.dirname, "..", "..", "..");

/** A registry's audit endpoint that knows these advisories, as npm's bulk endpoint answers. */
async function registry(t: ExecutionContext, answer: { readonly status: number; readonly body: unknown }) {
  const asked: Record<string, readonly string[]>[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === "POST") asked.push((await json(request)) as Record<string, readonly string[]>);
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { env: { ...process.env, pnpm_config_registry: url }, asked };
}

function advisory(severity: string, id: string) {
  const url = `https://github.com/advisories/${id}`;
  return {
    id: id.charCodeAt(5),
    url,
    title: "Reads too much",
    severity,
    vulnerable_versions: "<99.0.0",
    cwe: [],
    cvss: {},
  };
}

const nothing: Allowed = { licenses: [], advisories: [] };
const serious = {
  status: 200,
  body: {
    koa: [advisory("high", "GHSA-aaaa-bbbb-cccc")],
    tar: [advisory("moderate", "GHSA-dddd-eeee-ffff")],
  },
};

test("audit() reports advisories that are high or critical and not allowed", async (t) => {
  const { env, asked } = await registry(t, serious);
  const audited = await audit(ROOT, nothing, { env });
  t.truthy(asked[0]?.koa);
  t.true(audited.asked, JSON.stringify(audited));
  if (!audited.asked) return;
  t.is(audited.problems.length, 1);
  t.regex(audited.problems[0] ?? "", /^koa: high: Reads too much \(GHSA-aaaa-bbbb-cccc\)/);
});

test("audit() accepts allowed advisories, for that package only", async (t) => {
  const { env } = await registry(t, serious);
  const entry = { id: "GHSA-aaaa-bbbb-cccc", package: "koa", reason: "not reachable", date: "2026-01-01" };
  t.deepEqual(await audit(ROOT, { licenses: [], advisories: [entry] }, { env }), {
    asked: true,
    problems: [],
  });
  const other = await audit(ROOT, { licenses: [], advisories: [{ ...entry, package: "tar" }] }, { env });
  t.true(other.asked && other.problems.length === 1);
});

test("audit() says why it could not ask when the registry has no such endpoint", async (t) => {
  const { env } = await registry(t, { status: 405, body: {} });
  const audited = await audit(ROOT, nothing, { env });
  t.false(audited.asked);
  t.regex(audited.asked ? "" : audited.reason, /405/);
});
