import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import test from "ava";
import { fakeService, millrace, type RunOptions, TOKEN, temporaryDirectory } from "../harness.ts";
import { API, summary } from "../views.ts";

const ANSWERS = {
  "GET /apis": { apis: [API, { ...API, name: "split" }, { ...API, name: "$(reboot)" }] },
  "GET /jobs": { jobs: [summary("running"), { ...summary("stopped"), job_id: "J0" }], cursor: null },
};

/** Values that come next, without their descriptions. */
async function complete(words: readonly string[], options: RunOptions = {}): Promise<readonly string[]> {
  const { code, stdout, stderr } = await millrace(["__complete", "--", ...words], options);
  if (code !== 0 || stderr !== "") throw new Error(`exit code ${code}: ${stderr}`);
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t")[0] ?? "");
}

test("completion knows verbs, their own verbs, and options with their values", async (t) => {
  const verbs = await complete([""]);
  for (const verb of ["up", "submit", "doctor", "completion"]) t.true(verbs.includes(verb), verb);
  t.false(verbs.includes("__complete"));
  t.deepEqual(await complete(["su"]), ["submit"]);
  t.deepEqual(await complete(["env", "re"]), ["remove"]);
  t.deepEqual(await complete(["-o", ""]), ["text", "json"]);
  t.deepEqual(await complete(["get", "--format", "j"]), ["json"]);
  t.deepEqual(await complete(["jobs", "--format=j"]), ["--format=json"]);
  // bash cuts at the equals sign
  t.deepEqual(await complete(["jobs", "--format", "=", "j"]), ["json"]);
  t.deepEqual(await complete(["jobs", "--format", "="]), ["text", "json"]);
  t.deepEqual(await complete(["jobs", "--status", "running", "su"]), ["succeeded"]);
  t.deepEqual(await complete(["submit", "sum", "--e"]), ["--exclude", "--eager-start", "--env"]);
  t.deepEqual(await complete(["completion", ""]), ["bash", "zsh", "fish"]);
  t.deepEqual(await complete(["nonsense", "--more", ""]), await complete([""]));
});

test("completion leaves paths to the shell", async (t) => {
  t.deepEqual(await complete(["deploy", ""]), [":files"]);
  t.deepEqual(await complete(["submit", "sum", "--path", "a", "b"]), [":files"]);
  t.deepEqual(await complete(["submit", "sum", ""]), [":files"]);
  t.deepEqual(await complete(["get", "--home", ""]), [":directories"]);
});

test("completion asks the service for APIs and jobs, and offers no name that a shell would execute", async (t) => {
  const { url, seen } = await fakeService(t, ANSWERS);
  t.deepEqual(await complete(["get", ""], { url }), ["sum", "split"]);
  t.deepEqual(await complete(["jobs", "--api", "sp"], { url }), ["split"]);
  t.deepEqual(await complete(["logs", "sum", ""], { url }), ["J1", "J0"]);
  t.is(seen.at(-1)?.url, "/jobs?api=sum&limit=50");
  t.deepEqual(await complete(["logs", "sum", "J1", ""], { url }), []);
});

test("completion uses the environment already typed, and knows all of them", async (t) => {
  const { url } = await fakeService(t, ANSWERS);
  const env = { MILLRACE_CONFIG_HOME: join(temporaryDirectory(t), "config"), MILLRACE_TOKEN: TOKEN };
  await millrace(["env", "add", "prod", "--url", url, "--no-check"], { env });
  t.deepEqual(await complete(["get", "--env", ""], { env }), ["local", "prod"]);
  t.deepEqual(await complete(["env", "default", "p"], { env }), ["prod"]);
  t.deepEqual(await complete(["env", "add", ""], { env }), []);
  t.deepEqual(await complete(["-e", "prod", "get", "su"], { env }), ["sum"]);
  t.deepEqual(await complete(["get", "--env=prod", "su"], { env }), ["sum"]);
});

test("completion prints nothing when the service is missing or does not respond", async (t) => {
  t.deepEqual(await complete(["get", ""], { url: "http://127.0.0.1:9" }), []);
  t.deepEqual(await complete(["get", ""], { cwd: temporaryDirectory(t) }), []);
  t.deepEqual(await complete(["get", "--env", "nowhere", ""]), []);
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.teardown(() => silent.close());
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  t.deepEqual(await complete(["get", ""], { url }), []);
});
