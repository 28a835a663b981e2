import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import test from "ava";
import { runProcess } from "../src/mod.ts";

test("runProcess() returns code and output, whether the program succeeds or fails", async (t) => {
  const good = await runProcess(["sh", "-c", "echo out; echo err >&2"]);
  t.deepEqual(good, { code: 0, signal: null, stdout: "out\n", stderr: "err\n" });
  const bad = await runProcess(["sh", "-c", "echo no >&2; exit 3"]);
  t.deepEqual(bad, { code: 3, signal: null, stdout: "", stderr: "no\n" });
});

test("runProcess() writes the input, and ignores that a program does not read it", async (t) => {
  t.is((await runProcess(["cat"], { input: "ä".repeat(100_000) })).stdout.length, 100_000);
  t.is((await runProcess(["true"], { input: "x".repeat(1_000_000) })).code, 0);
  t.is((await runProcess(["cat"])).stdout, "", "without input, stdin is empty");
});

test("runProcess() gives the program the environment and folder that it is told, and nothing else", async (t) => {
  const env = { PATH: process.env.PATH, ONE: "1" };
  const { stdout } = await runProcess(["sh", "-c", 'pwd; echo "$ONE$HOME"'], { env, cwd: "/" });
  t.is(stdout, "/\n1\n");
});

test("runProcess() keeps the end of long output, and shows all of it as it comes", async (t) => {
  let shown = 0;
  const { stdout, stderr } = await runProcess(["sh", "-c", "seq 100000; seq 5 >&2"], {
    outputCharacters: 13,
    onOutput: (text, stream) => {
      if (stream === "stdout") shown += text.length;
    },
  });
  t.is(stdout, "99999\n100000\n");
  t.is(stderr, "1\n2\n3\n4\n5\n");
  t.is(shown, 588_895);
});

test("runProcess() sends the signal at an abort, and waits for the program's end", async (t) => {
  const command = ["sh", "-c", 'trap "echo ended; exit 5" INT; echo ready; while :; do sleep 0.01; done'];
  const controller = new AbortController();
  const { signal } = controller;
  const options = { signal, killSignal: "SIGINT", onOutput: () => controller.abort() } as const;
  t.like(await runProcess(command, options), { code: 5, stdout: "ready\nended\n" });
  await t.throwsAsync(runProcess(["true"], { signal }), { name: "AbortError" });
  const timed = await runProcess(["sleep", "600"], { signal: AbortSignal.timeout(10) });
  t.like(timed, { code: null, signal: "SIGTERM" });
});

test("runProcess() passes stdin on to an interactive program, and shows what it says", async (t) => {
  const source = fileURLToPath(new URL("../src/run-process.ts", import.meta.url));
  const script = `import { runProcess } from ${JSON.stringify(source)};
    await runProcess(["cat"], { isInteractive: true, output: "inherit" });
    await runProcess(["sh", "-c", "echo ignored; echo ignored >&2"], { output: "ignore" });
    await runProcess(["echo", "to stderr"], { output: 2 });`;
  const command = [process.execPath, "--input-type=module", "-e", script];
  t.like(await runProcess(command, { input: "yes" }), { code: 0, stdout: "yes", stderr: "to stderr\n" });
});

test("runProcess() throws the system's error when a program cannot be started", async (t) => {
  await t.throwsAsync(runProcess(["no-such-program"]), { code: "ENOENT" });
});

test("runProcess() does not wait for what the program left running", async (t) => {
  // It holds the output for as long as this server does not answer.
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const code = `require("http").get("http://127.0.0.1:${port}").on("error", () => {}).on("response", () => process.exit())`;
  const asked = once(server, "request");
  const script = '"$0" -e "$1" & echo started';
  const { stdout } = await runProcess(["sh", "-c", script, process.execPath, code]);
  t.is(stdout, "started\n");
  const [, response] = await asked;
  response.end();
  server.close();
});

test("runProcess() does the same on Deno", async (t) => {
  const source = fileURLToPath(new URL("../src/run-process.ts", import.meta.url));
  const script = `import { runProcess } from ${JSON.stringify(source)};
    const end = await runProcess(["sh", "-c", "cat; echo err >&2; exit 4"], { input: "in" });
    const killed = await runProcess(["sleep", "600"], { signal: AbortSignal.timeout(10) });
    const missing = await runProcess(["no-such-program"]).catch((error) => error.code);
    console.log(JSON.stringify([end, killed.signal, missing]));`;
  const deno = fileURLToPath(new URL("../../../node_modules/.bin/deno", import.meta.url));
  const { stdout, stderr } = await runProcess([deno, "eval", script]);
  t.deepEqual(JSON.parse(stdout || stderr), [
    { code: 4, signal: null, stdout: "in", stderr: "err\n" },
    "SIGTERM",
    "ENOENT",
  ]);
});
