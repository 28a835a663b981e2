import { execFile } from "node:child_process";
import { chmod, lstat, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import {
  deploy,
  type FinishedJob,
  logOf,
  poll,
  pythonPredict,
  rowsOf,
  runJob,
  sharedPlatform,
} from "../src/mod.ts";

/** What must be seen by nobody but those whom it is for; each value is found nowhere else. */
const SECRETS = {
  clientToken: "of-a-cluster-7c1e94",
  webhookSecret: "webhook-secret-7c1e94",
  webhookUrlKey: "key-in-url-7c1e94",
  configured: "from-predictor-env-7c1e94",
  dotEnv: "from-dot-env-7c1e94",
  wrongToken: "wrong-token-7c1e94",
};

const platform = sharedPlatform(test, {
  umask: "0000",
  environment: {
    MILLRACE_LOG_LEVEL: "debug",
    MILLRACE_TOKEN: SECRETS.clientToken,
    AWS_SECRET_ACCESS_KEY: "for-predictors",
  },
});

/** Nothing listens on port 9: the webhook fails, and that is logged. */
const CONFIG = `
name: spy
kind: BatchAPI
predictor: { type: python, path: predictor.py, env: { CONFIGURED: ${SECRETS.configured} } }
compute: { cpu: 0.1 }
webhook: { url: "http://127.0.0.1:9/hook?key=${SECRETS.webhookUrlKey}", secret: ${SECRETS.webhookSecret} }
`;

/** Its module is loaded at the deploy, too; it tells its environment, and the command line of each process above it. */
const SPY = `
import os
assert "MILLRACE_TOKEN" not in os.environ, "an installation sees the token"

${pythonPredict(
  'if payload == ["fail"]:',
  '    raise ValueError("no")',
  "lines, pid = [], os.getpid()",
  "while pid > 1:",
  '    lines.append(open(f"/proc/{pid}/cmdline").read())',
  '    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])',
  'return {"env": dict(os.environ), "commands": lines}',
)}`;

let job: FinishedJob;

test.serial.before("deploy and run", async () => {
  // As a directory that somebody made for it.
  await chmod(platform().home, 0o755);
  const files = { "millrace.yaml": CONFIG, "predictor.py": SPY, ".env": `DOT_ENV=${SECRETS.dotEnv}\n` };
  await deploy(platform(), "spy", files);
  await fetch(`${platform().url}/jobs`, { headers: { authorization: `Bearer ${SECRETS.wrongToken}` } });
  await fetch(`${platform().url}/session`, {
    method: "POST",
    body: new URLSearchParams({ token: SECRETS.wrongToken }),
    headers: { "sec-fetch-site": "same-origin" },
  });
  job = await runJob(platform(), "spy", {
    workers: 1,
    item_list: { items: ["tell", "fail"], batch_size: 1 },
  });
});

interface Told {
  readonly env: Readonly<Record<string, string>>;
  readonly commands: readonly string[];
}

async function told(): Promise<Told> {
  const [row] = await rowsOf(job);
  return row?.output as Told;
}

test("a predictor sees the environment of the service's user, and what is configured, but no Millrace token", async (t) => {
  const { env } = await told();
  t.like(env, {
    AWS_SECRET_ACCESS_KEY: "for-predictors",
    CONFIGURED: SECRETS.configured,
    DOT_ENV: SECRETS.dotEnv,
    CUDA_VISIBLE_DEVICES: "",
  });
  const values = Object.values(env);
  for (const hidden of [platform().token, SECRETS.clientToken, SECRETS.webhookSecret]) {
    t.false(
      values.some((value) => value.includes(hidden)),
      hidden,
    );
  }
  for (const name of ["MILLRACE_TOKEN", "MILLRACE_SERVICE_TOKEN", "MILLRACE_UMASK"])
    t.false(name in env, name);
});

test("no command line of service, worker or predictor contains a secret", async (t) => {
  const { commands } = await told();
  t.true(commands.length >= 2);
  t.true(commands.some((command) => command.includes("worker")));
  assertNone(t, commands.join("\n"), "command lines");
});

test("no log at any level, no error, no metric and no list contains a secret", async (t) => {
  const files = await readdir(platform().home, { recursive: true });
  const logs = files.filter((name) => /(^|\/)(service\.log|[^/]+\.(ndjson|stderr))$/.test(name));
  t.true(logs.some((name) => name.startsWith("jobs/")));
  for (const expected of ['"deployed"', '"webhook not delivered"', '"status":401']) {
    await poll(
      `${expected} in the log`,
      async () => (await platform().log()).includes(expected) || undefined,
    );
  }
  for (const name of logs.filter((log) => !log.includes("objects")))
    assertNone(t, await readFile(join(platform().home, name), "utf8"), name);
  const headers = { authorization: `Bearer ${platform().token}` };
  for (const path of ["/metrics", "/jobs", "/apis", `/spy/${job.jobId}/failures`, "/openapi.json"]) {
    const text = await (await fetch(platform().url + path, { headers })).text();
    // Of a job, its webhook's address is shown: to those who may change it.
    assertNone(t, path === "/jobs" ? text.replaceAll(SECRETS.webhookUrlKey, "") : text, path);
  }
});

function assertNone(t: { false(value: boolean, message: string): void }, text: string, where: string): void {
  for (const [name, secret] of Object.entries({ ...SECRETS, token: platform().token })) {
    t.false(text.includes(secret), `${name} in ${where}`);
  }
}

test("other users of the machine can read nothing secret in a home that is open to them, whatever the umask", async (t) => {
  const { home } = platform();
  t.is((await stat(home)).mode & 0o777, 0o755);
  const open: string[] = [];
  for (const name of await readdir(home, { recursive: true })) {
    // What is only there for a moment may be gone by now.
    const { mode = 0 } = (await lstat(join(home, name)).catch(() => undefined)) ?? {};
    if ((mode & 0o077) !== 0) open.push(`${name} ${(mode & 0o777).toString(8)}`);
  }
  t.deepEqual(open, []);
});

test("another user can read nothing in the home, hold none of its locks and change nothing", async (t) => {
  if (process.getuid?.() !== 0) {
    t.log("not tried: only root can be another user");
    return t.pass();
  }
  const { home } = platform();
  // To where the home is, all may go.
  await chmod(join(home, ".."), 0o755);
  const names = await readdir(home, { recursive: true });
  t.true(names.length > 20, String(names.length));
  const script = fileURLToPath(new URL("fixtures/as-nobody.cjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, home, ...names]);
  t.deepEqual(JSON.parse(stdout), { tried: names.length, done: [] });
});

test("a predictor writes with the umask of the user who started the service", async (t) => {
  const file = join(platform().files, "for-others.txt");
  await deploy(platform(), "writer", {
    "millrace.yaml": CONFIG.replace("name: spy", "name: writer"),
    "predictor.py": pythonPredict(`open(${JSON.stringify(file)}, "w").close()`, "return payload"),
  });
  await runJob(platform(), "writer", { workers: 1, item_list: { items: [1], batch_size: 1 } });
  t.is((await stat(file)).mode & 0o777, 0o666);
});

test("prints that would forge lines or control a terminal stay one record each, as text", async (t) => {
  const forged = '{"time":"2026-01-01T00:00:00.000Z","level":"error","api":null,"text":"forged"}';
  await deploy(platform(), "forger", {
    "millrace.yaml": CONFIG.replace("name: spy", "name: forger"),
    "predictor.py": pythonPredict(
      `print("\\x1b[2J\\x1b]0;owned\\x07" + ${JSON.stringify(forged)} + "\\r" + "over\\u2028\\x85\\x00")`,
      'raise ValueError("a\\r\\n" + payload[0])',
    ),
  });
  const hostile = `\u001b[31m\n${forged}`;
  const failed = await runJob(platform(), "forger", {
    workers: 1,
    item_list: { items: [hostile], batch_size: 1 },
    max_attempts: 1,
    labels: { name: `a\r\n${forged}` },
  });
  t.true((await logOf(failed)).includes(forged));
  const directory = join(platform().home, "jobs", failed.jobId, "logs");
  const texts = await Promise.all(
    (await readdir(directory)).map((name) => readFile(join(directory, name), "utf8")),
  );
  for (const line of [...texts, await platform().log()].join("").split("\n")) {
    // What the service prints on stdout, once.
    if (line === "" || line.startsWith("Millrace is listening on http://127.0.0.1:")) continue;
    const record = JSON.parse(line) as Record<string, unknown>;
    // A job's lines are kept under short names.
    const { text = record.x, level = record.l } = record;
    t.not(text, "forged");
    t.true(["debug", "info", "warn", "error"].includes(String(level)));
  }
});
