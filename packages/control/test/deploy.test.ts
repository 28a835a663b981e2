import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ApiListResponse, ApiResponse, DeployEvent, DeployResponse, Problem } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { create } from "tar";
import { items, startHarness, temporaryDirectory, until } from "./helpers/harness.ts";

const CONFIG = `
- name: img
  kind: BatchAPI
  predictor: { type: typescript, path: predictor.ts }
- name: other
  kind: BatchAPI
  predictor: { type: python, path: predictor.py }
  networking: { endpoint: sum }
`;

async function archive(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const root = await temporaryDirectory(t);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, "p", dirname(path)), { recursive: true });
    await writeFile(join(root, "p", path), text);
  }
  await create({ gzip: true, cwd: join(root, "p"), file: join(root, "p.tar.gz") }, ["."]);
  return new Uint8Array(await readFile(join(root, "p.tar.gz")));
}

const project = (t: ExecutionContext, predictor = "export const a = 1;\n") =>
  archive(t, { "millrace.yaml": CONFIG, "predictor.ts": predictor, "lib/x.ts": "" });

test("putApi() deploys, recognises the same version, and updates", async (t) => {
  const { call, service } = await startHarness(t);
  const put = async (body: Uint8Array<ArrayBuffer>) => {
    const response = await call("/apis/img", { method: "PUT", body });
    t.is(response.status, 200);
    return (await response.json()) as DeployResponse;
  };
  const first = await put(await project(t));
  t.true(first.changed);
  t.is(first.message, "deployed img");
  t.is(first.api.endpoint, `${service.url}/img`);
  t.regex(first.api.api_id, /^[0-9a-f]{16}$/);
  const same = await put(await project(t));
  t.false(same.changed);
  t.is(same.api.api_id, first.api.api_id);
  const next = await put(await project(t, "export const a = 2;\n"));
  t.is(next.message, "updated img");
  t.not(next.api.api_id, first.api.api_id);
  const { apis } = (await (await call("/apis")).json()) as ApiListResponse;
  t.deepEqual(
    apis.map((api) => api.name),
    ["img", "sum"],
  );
  const api = (await (await call("/apis/img")).json()) as ApiResponse;
  t.is(api.api_spec.name, "img");
  t.deepEqual(api.recent_jobs, []);
});

test("putApi() reports its progress line by line, and keeps the old version when it fails", async (t) => {
  const { call, home } = await startHarness(t);
  const put = async (body: Uint8Array<ArrayBuffer>) => {
    const response = await call("/apis/img", {
      method: "PUT",
      body,
      headers: { accept: "application/x-ndjson" },
    });
    const text = await response.text();
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as DeployEvent);
  };
  const events = await put(await project(t));
  t.deepEqual(
    events.map((event) => event.type),
    ["output", "deployed"],
  );
  await writeFile(join(home, "fake-prepare"), "fail");
  const failed = await put(await project(t, "throw 1"));
  const last = failed.at(-1);
  t.is(last?.type, "error");
  t.is(last?.type === "error" && last.problem.code, "predictor_not_loadable");
  const whole = await call("/apis/img", { method: "PUT", body: await project(t, "throw 1") });
  t.is(whole.status, 422);
  t.is(((await whole.json()) as Problem).code, "predictor_not_loadable");
  const api = (await (await call("/apis/img")).json()) as ApiResponse;
  t.is(events.at(-1)?.type === "deployed" && (events.at(-1) as DeployResponse).api.api_id, api.api_id);
});

test("putApi() refuses invalid archives and configurations, with positions", async (t) => {
  const { call } = await startHarness(t, { archiveLimitBytes: 1_000_000 });
  const refused = async (path: string, body: Uint8Array<ArrayBuffer>) => {
    const response = await call(path, { method: "PUT", body, headers: { accept: "application/x-ndjson" } });
    return { status: response.status, problem: (await response.json()) as Problem };
  };
  const missing = await refused("/apis/img?config=cortex.yaml", await project(t));
  t.is(missing.status, 422);
  t.regex(missing.problem.detail, /"cortex.yaml" in the archive: it holds millrace.yaml/);
  const noSuchApi = await refused("/apis/nope", await project(t));
  t.regex(noSuchApi.problem.detail, /describes no such API, expected one of "img", "other"/);
  const wrong = await refused(
    "/apis/img",
    await archive(t, { "millrace.yaml": "- name: img\n  predictor: { typ: python }\n" }),
  );
  t.is(wrong.status, 422);
  t.is(wrong.problem.code, "invalid_config");
  t.regex(wrong.problem.detail, /millrace.yaml:2:16/);
  const taken = await refused("/apis/other", await project(t));
  t.is(taken.problem.code, "conflict");
  const random = new Uint8Array(2_000_000).map(() => Math.random() * 256);
  const large = await refused("/apis/img", random);
  t.is(large.status, 413);
  t.regex(large.problem.detail, /\.millraceignore/);
  const cut = (await project(t)).slice(0, 100);
  t.is((await refused("/apis/img", cut)).problem.code, "invalid_archive");
  const bomb = await refused(
    "/apis/img",
    await archive(t, { "millrace.yaml": CONFIG, zeros: "0".repeat(5_000_000) }),
  );
  t.regex(bomb.problem.detail, /content is over 1000000 bytes/);
});

test("putApi() accepts a large archive without a runtime warning", async (t) => {
  const { call } = await startHarness(t);
  const warnings: string[] = [];
  const note = (warning: Error) => warnings.push(warning.message);
  process.on("warning", note);
  t.teardown(() => process.off("warning", note));
  const model = randomBytes(6_000_000).toString("base64");
  const body = await archive(t, { "millrace.yaml": CONFIG, "predictor.ts": "", model });
  t.is((await call("/apis/img", { method: "PUT", body })).status, 200);
  t.deepEqual(warnings, []);
});

test("putApi() serialises concurrent deploys of one API", async (t) => {
  const { call } = await startHarness(t);
  const bodies = await Promise.all(["1", "2", "3"].map((text) => project(t, text)));
  const responses = await Promise.all(bodies.map((body) => call("/apis/img", { method: "PUT", body })));
  const deployed = await Promise.all(responses.map((response) => response.json() as Promise<DeployResponse>));
  t.true(deployed.every(({ changed }) => changed));
  const api = (await (await call("/apis/img")).json()) as ApiResponse;
  t.true(deployed.some(({ api: { api_id } }) => api_id === api.api_id));
});

test("refreshApi() installs again", async (t) => {
  const { call } = await startHarness(t);
  await call("/apis/img", { method: "PUT", body: await project(t) });
  const response = await call("/apis/img/refresh", { method: "POST" });
  t.is(response.status, 200);
  t.is(((await response.json()) as DeployResponse).message, "refreshed img");
});

test("deleteApi() refuses while jobs run, and with force stops them first", async (t) => {
  const { call, submit, status, backend } = await startHarness(t);
  const job = await submit(items(4, { config: { mode: "hold" } }));
  await until(async () => (await status(job.job_id)).job_status.status === "running");
  const refused = await call("/apis/sum", { method: "DELETE" });
  t.is(refused.status, 409);
  t.regex(((await refused.json()) as Problem).detail, /1 job is not over.*force=true/);
  const deleted = await call("/apis/sum?force=true", { method: "DELETE" });
  t.deepEqual(await deleted.json(), { message: "deleted API sum" });
  t.is((await status(job.job_id)).job_status.status, "stopped");
  t.is((await call("/apis/sum")).status, 404);
  const retry = await call(`/sum/${job.job_id}/retry`, { method: "POST" });
  t.is(retry.status, 404);
  await until(async () => (await backend.ledger.jobs.get(job.job_id)).output !== undefined);
});
