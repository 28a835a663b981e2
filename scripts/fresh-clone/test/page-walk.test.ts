import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import test, { type ExecutionContext } from "ava";
import { freshClone } from "../clone.ts";
import { howTried } from "../documented.ts";
import type { DocumentedCommand } from "../documented-commands.ts";
import { APIS, writePageFiles } from "../page-fixture.ts";
import { endings, type Place, pageScript, stepsOf, unusedExceptions, verbAndOptions } from "../page-walk.ts";
import { allDocumentedCommands } from "../pages.ts";
import { leftRunning, runCommand } from "../run-command.ts";
import { INSTALLING, missing } from "../trial.ts";
import { userEnvironment } from "../user-environment.ts";

const EXAMPLES = ["examples/sum/README.md", "examples/aggregate-webhook/README.md"];
const SUBMIT = `--items '["Ada", null]' --batch-size 1 --max-attempts 1 --watch`;
const LAST_JOB = "$(npx pnpm@12 --silent millrace jobs -o json | grep -o '01[0-9A-Z]\\{24\\}' | head -1)";
const CLUSTER = "docs/how-to/deploy-to-aws.md";
const CLUSTER_SHOWS = [/^installing the Terraform CDK/m, ...INSTALLING, /^error: Cannot find out/m];
const ON_PATH = `export PATH="$PWD/node_modules/.bin:$PATH"`;

interface Shell {
  readonly directory: string;
  readonly url: string;
  run(script: string): Promise<string>;
}

/** A clone with nothing installed, whose service will have a port of its own. It is stopped at the end. */
async function shellIn(t: ExecutionContext): Promise<Shell> {
  const { directory, remove } = await freshClone();
  t.teardown(remove);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  const env = {
    ...userEnvironment(process.env),
    MILLRACE_PORT: String(port),
    MILLRACE_HOME: `${directory}/.millrace`,
    MILLRACE_CONFIG_HOME: `${directory}/.config`,
  };
  const run = async (script: string) => (await runCommand(script, { cwd: directory, env })).output;
  t.teardown(() => run("node_modules/.bin/millrace down"));
  return { directory, url: `http://127.0.0.1:${port}`, run };
}

/** The commands of a service that runs, by page. */
async function pages(
  kinds: readonly DocumentedCommand["kind"][],
): Promise<ReadonlyMap<string, readonly DocumentedCommand[]>> {
  const commands = await allDocumentedCommands();
  const ofPages = commands.filter((one) => {
    const how = howTried(one);
    return kinds.includes(one.kind) && how !== undefined && "page" in how;
  });
  return Map.groupBy(ofPages, ({ page }) => page);
}

async function walk(
  t: ExecutionContext,
  { run }: Shell,
  script: { readonly commands: readonly DocumentedCommand[]; readonly place: Place; readonly first?: string },
) {
  const steps = stepsOf(script.commands, script.place);
  const output = await run(`${script.first ?? ":"}\n${pageScript(steps)}`);
  const found = endings(output, steps);
  const wrong = steps.flatMap(({ command, script: line, codes, shows }, i) => {
    const { code = -1, output: printed = output } = found[i] ?? {};
    if (codes.includes(code) && shows.test(printed)) return [];
    return [`${command.page}:${command.line}: ${line}\nended with ${code}:\n${printed}`];
  });
  t.deepEqual(wrong, []);
  return output;
}

/** Packages, a service, and what the pages name: APIs, a job of each that is over, environments, files. */
async function setUp(t: ExecutionContext, { directory, url, run }: Shell): Promise<Place> {
  const start = [
    "npx pnpm@12 install",
    ON_PATH,
    "millrace up --detach",
    "millrace deploy examples/sum/cortex.yaml",
  ];
  const started = await run(start.join(" && "));
  t.deepEqual(missing(started, [...INSTALLING, /^millrace is ready at/m, /^deployed sum/m]), [], started);
  await writePageFiles(directory, await run("cat .millrace/token"));
  const lines = [
    ...APIS.map((api) => `millrace deploy ${api} && millrace submit ${api} ${SUBMIT}`),
    "millrace submit sum examples/sum/sample.json --watch",
    ...["prod", "millrace"].map((name) => `millrace env add ${name} --url ${url} --token-stdin < token`),
  ];
  await run([ON_PATH, ...lines].join("\n"));
  const { jobs } = JSON.parse(await run(`${ON_PATH}; millrace jobs -o json`));
  const ids = jobs.map((job: { api_name: string; job_id: string }) => [job.api_name, job.job_id]);
  return { url, jobs: Object.fromEntries(ids) };
}

test.serial(
  "a page's commands work in their order where the packages are installed and a service runs",
  async (t) => {
    const shell = await shellIn(t);
    const place = await setUp(t, shell);
    t.deepEqual(Object.keys(place.jobs).sort(), [...APIS, "sum"].sort());
    const all = await pages(["shell", "console"]);
    for (const [page, commands] of all) {
      if (page.startsWith("examples/")) continue;
      const output = await walk(t, shell, { commands, place, first: ON_PATH });
      if (page === CLUSTER) t.deepEqual(missing(output, CLUSTER_SHOWS), [], output);
      t.log(`${page}: ${commands.length} commands`);
    }
    t.deepEqual(unusedExceptions([...all.values()].flat()), []);
    await shell.run(`${ON_PATH}; millrace down`);
    t.deepEqual(await leftRunning(shell.directory), []);
  },
);

test.serial("a command in a sentence has a verb and options that millrace has", async (t) => {
  const { run } = await shellIn(t);
  await run("npx pnpm@12 install");
  const helps = new Map<string, string>();
  const wrong: string[] = [];
  for (const { page, line, text } of [...(await pages(["inline"])).values()].flat()) {
    const { verb, options } = verbAndOptions(text);
    const help = helps.get(verb) ?? (await run(`node_modules/.bin/millrace ${verb} --help`));
    helps.set(verb, help);
    const isKnown = new RegExp(`^(Usage: )?millrace${verb === "" ? "" : ` ${verb}`}\\b`, "m").test(help);
    const unknown = options.filter((option) => !new RegExp(`(^|[ ,])${option}\\b`, "m").test(help));
    if (!isKnown || unknown.length > 0)
      wrong.push(`${page}:${line}: ${text}: ${unknown.join(", ")}\n${help}`);
  }
  t.true(helps.size > 10, [...helps.keys()].join(", "));
  t.deepEqual(wrong, []);
});

for (const page of EXAMPLES) {
  test.serial(`${page}'s commands work in their order when nothing is installed`, async (t) => {
    const shell = await shellIn(t);
    const commands = (await pages(["shell", "console"])).get(page) ?? [];
    t.true(commands.length >= 3);
    const output = await walk(t, shell, { commands, place: { url: shell.url, jobs: { sum: LAST_JOB } } });
    t.deepEqual(
      missing(output, [...INSTALLING, /^millrace is ready at/m, /succeeded: \d+ of \d+/]),
      [],
      output,
    );
    await shell.run("npx pnpm@12 millrace down");
    t.deepEqual(await leftRunning(shell.directory), []);
  });
}
