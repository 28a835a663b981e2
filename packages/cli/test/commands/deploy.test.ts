import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { list } from "tar";
import { fakeService, lines, millrace, problem, type SeenRequest, temporaryDirectory } from "../harness.ts";
import { API } from "../views.ts";

const YAML = `- name: sum
  kind: BatchAPI
  predictor: { type: python, path: predictor.py }
`;
const DEPLOYED = { type: "deployed", api: API, changed: true, message: "deployed sum" };
const PROBLEM = {
  type: "about:blank",
  title: "T",
  status: 422,
  code: "predictor_not_loadable",
  detail: "Cannot load predictor.py: KeyError: boom",
  request_id: "r",
  details: { traceback: "Traceback\n  line 2" },
};

async function packed(
  t: { readonly context?: unknown },
  request: SeenRequest | undefined,
  dir: string,
): Promise<readonly string[]> {
  void t;
  const path = join(dir, "seen.tar.gz");
  writeFileSync(path, request?.body ?? "");
  const paths: string[] = [];
  await list({ file: path, strict: true, onReadEntry: (entry) => void paths.push(entry.path) });
  return paths;
}

test("deploy packs the directory of the file and prints the result", async (t) => {
  const dir = temporaryDirectory(t, {
    "p/cortex.yaml": YAML,
    "p/predictor.py": "x",
    "p/.hidden": "x",
    "p/.env": "A=1",
  });
  const { url, seen } = await fakeService(t, {
    "PUT /apis/sum": lines({ type: "output", text: "Installing" }, DEPLOYED),
  });
  const ran = await millrace(["deploy", "p/cortex.yaml", "--yes"], { url, cwd: dir });
  t.is(ran.code, 0, ran.stderr);
  t.is(ran.stdout, `deployed sum (version ${API.api_id}): POST ${API.endpoint}\n`);
  t.regex(ran.stderr, /Installing/);
  t.is(seen[0]?.url, "/apis/sum?config=cortex.yaml");
  t.deepEqual(await packed(t, seen[0], dir), [".env", "cortex.yaml", "predictor.py"]);
  const json = await millrace(["deploy", "p", "-o", "json"], { url, cwd: dir });
  t.deepEqual(json.json(), { deployed: [{ api: API, changed: true, message: "deployed sum" }], failed: [] });
});

test("deploy takes millrace.yaml before cortex.yaml, and says so when there is neither", async (t) => {
  const dir = temporaryDirectory(t, { "a/millrace.yaml": YAML, "a/cortex.yaml": YAML, "b/x": "" });
  const { url, seen } = await fakeService(t, { "PUT /apis/sum": lines(DEPLOYED) });
  t.is((await millrace(["deploy"], { url, cwd: join(dir, "a") })).code, 0);
  t.is(seen[0]?.url, "/apis/sum?config=millrace.yaml");
  for (const args of [["deploy"], ["deploy", "nothing.yaml"]]) {
    const ran = await millrace(args, { url, cwd: join(dir, "b") });
    t.is(ran.code, 2);
    t.regex(ran.stderr, /Cannot read a configuration.*\n.*millrace init/);
  }
});

test("deploy refuses an invalid file with line and column, before it sends anything", async (t) => {
  const dir = temporaryDirectory(t, {
    "millrace.yaml": YAML.replace("python", "cobol").replace("kind", "knid"),
  });
  const { url, seen } = await fakeService(t, {});
  const ran = await millrace(["deploy"], { url, cwd: dir });
  t.is(ran.code, 2);
  t.regex(ran.stderr, /millrace\.yaml:2:3: knid: unknown field, did you mean "kind"/);
  t.regex(ran.stderr, /millrace\.yaml:3:\d+: predictor\.type: must be one of python, typescript/);
  t.is(seen.length, 0);
});

test("deploy reports each API of the file, and exits with 1 when one predictor does not load", async (t) => {
  const dir = temporaryDirectory(t, {
    "millrace.yaml": `${YAML}${YAML.replace("sum", "other")}`,
    "predictor.py": "x",
  });
  const { url } = await fakeService(t, {
    "PUT /apis/sum": lines({ type: "output", text: "loading" }, { type: "error", problem: PROBLEM }),
    "PUT /apis/other": lines({ ...DEPLOYED, message: "deployed other" }),
  });
  const ran = await millrace(["deploy"], { url, cwd: dir });
  t.is(ran.code, 1);
  t.regex(ran.stderr, /error: Cannot load predictor\.py: KeyError: boom\n {4}Traceback\n {6}line 2/);
  t.regex(ran.stdout, /deployed other/);
  const json = await millrace(["deploy", "-o", "json"], { url, cwd: dir });
  t.is((json.json() as { failed: { name: string }[] }).failed[0]?.name, "sum");
});

test("deploy exits with 4 when the token is refused or nothing listens", async (t) => {
  const dir = temporaryDirectory(t, { "millrace.yaml": YAML, "predictor.py": Buffer.alloc(3_000_000) });
  const { url } = await fakeService(t, {});
  const refused = await millrace(["deploy"], {
    url,
    cwd: dir,
    env: { MILLRACE_URL: url, MILLRACE_TOKEN: "wrong" },
  });
  t.is(refused.code, 4);
  t.regex(refused.stderr, /Cannot let you in\n.*MILLRACE_TOKEN/);
  const away = await millrace(["deploy"], {
    cwd: dir,
    env: { MILLRACE_URL: "http://127.0.0.1:9", MILLRACE_TOKEN: "x" },
  });
  t.is(away.code, 4);
  t.regex(away.stderr, /Cannot reach the service at http:\/\/127\.0\.0\.1:9: .*\n.*millrace up/);
});

test("refresh shows the installation and its result", async (t) => {
  const { url } = await fakeService(t, {
    "POST /apis/sum/refresh": lines(
      { type: "output", text: "pip" },
      { ...DEPLOYED, message: "refreshed sum" },
    ),
  });
  const ran = await millrace(["refresh", "sum"], { url });
  t.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "refreshed sum\n", "    pip\n"]);
});

test("a command without a service says how to start one", async (t) => {
  const dir = temporaryDirectory(t);
  const ran = await millrace(["get"], { cwd: dir });
  t.is(ran.code, 4);
  t.regex(ran.stderr, /none is running for the home directory ".*\.millrace"\n.*millrace up/);
});

test("a command finds url and token in the nearest home upwards", async (t) => {
  const { url } = await fakeService(t, { "GET /apis": { apis: [] } });
  const { TOKEN } = await import("../harness.ts");
  const service = JSON.stringify({ url, pid: 1, version: "0" });
  const dir = temporaryDirectory(t, { ".millrace/service.json": service, ".millrace/token": `${TOKEN}\n` });
  mkdirSync(join(dir, "deep", "er"), { recursive: true });
  t.is((await millrace(["get"], { cwd: join(dir, "deep", "er") })).code, 0);
  t.is((await millrace(["get", "--home", "../.millrace"], { cwd: join(dir, "deep") })).code, 0);
  t.is((await millrace(["get"], { env: { MILLRACE_HOME: join(dir, ".millrace") } })).code, 0);
});

test("wrong usage exits with 2, help with 0", async (t) => {
  t.is((await millrace([])).code, 2);
  t.is((await millrace(["nonsense"])).code, 2);
  t.is((await millrace(["get", "-o", "xml"])).code, 2);
  const help = await millrace(["--help"]);
  t.is(help.code, 0);
  for (const code of [0, 1, 2, 3, 4, 130]) t.regex(help.stdout, new RegExp(`^ {2}${code} `, "m"));
  t.regex((await millrace(["help", "submit"])).stdout, /--format/);
  void problem;
});

test("init writes a project that parses, and overwrites nothing", async (t) => {
  const dir = temporaryDirectory(t);
  for (const [at, flags] of [[], ["--typescript"], ["--item"], ["--typescript", "--item"]].entries()) {
    const name = `My Project_${at}`;
    const ran = await millrace(["init", name, ...flags, "-o", "json"], { cwd: dir });
    t.is(ran.code, 0, ran.stderr);
    t.is((ran.json() as { api: string }).api, `my-project-${at}`);
    const again = await millrace(["init", name, ...flags], { cwd: dir });
    t.is(again.code, 2);
    t.regex(again.stderr, /already exists/);
    const { url, seen } = await fakeService(t, { [`PUT /apis/my-project-${at}`]: lines(DEPLOYED) });
    t.is((await millrace(["deploy", name], { url, cwd: dir })).code, 0);
    t.is(seen.length, 1);
  }
});
