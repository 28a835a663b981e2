import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { leftRunning, runCommand } from "../run-command.ts";

const env = { PATH: process.env.PATH ?? "" };

async function directoryOf(t: ExecutionContext): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "millrace-run-")));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test("runCommand() returns both streams in order, and the exit code", async (t) => {
  const cwd = await directoryOf(t);
  const { code, output } = await runCommand("echo one; echo two >&2; echo three; exit 7", { cwd, env });
  t.is(output, "one\ntwo\nthree\n");
  t.is(code, 7);
});

test("runCommand() interrupts a command like Ctrl-C once it prints the awaited text", async (t) => {
  const cwd = await directoryOf(t);
  const program = `process.on("SIGINT", () => { console.log("interrupted"); process.exit(5); });
    console.log("ready"); setInterval(() => {}, 1000);`;
  await writeFile(join(cwd, "waits.mjs"), program);
  const { code, output } = await runCommand("node waits.mjs; exit $?", { cwd, env, until: /ready/ });
  t.is(output, "ready\ninterrupted\n");
  t.is(code, 5);
});

test("runCommand() finds the awaited text in any colours, and returns it without them", async (t) => {
  const cwd = await directoryOf(t);
  const program = `process.on("SIGINT", () => process.exit(0));
    console.log("\\x1b[1mre\\x1b[32mady\\x1b[39m\\x1b[22m"); setInterval(() => {}, 1000);`;
  await writeFile(join(cwd, "waits.mjs"), program);
  const { output } = await runCommand("node waits.mjs; exit $?", { cwd, env, until: /ready/ });
  t.is(output, "ready\n");
});

test("leftRunning() names processes that a command left behind", async (t) => {
  const cwd = await directoryOf(t);
  const { output } = await runCommand("sleep 1000 >/dev/null & echo $!", { cwd, env });
  t.teardown(() => process.kill(Number(output), "SIGKILL"));
  t.deepEqual(await leftRunning(cwd, { deadlineMs: 0 }), ["sleep 1000"]);
});
