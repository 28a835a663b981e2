import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test, { type ExecutionContext } from "ava";
import { endCleaners, endTree, identify, killTree, membersOf, treeName } from "../src/mod.ts";
import { isRunning, kill, SLEEP, startShell, testTree, until } from "./harness.ts";

const linux = process.platform === "linux" ? test : test.skip;
const withSharedMemory = process.platform === "linux" && existsSync("/dev/shm") ? test : test.skip;
const STUBBORN =
  "trap '' TERM; (setsid bash -c 'trap \"\" TERM; sleep 1000' & echo $!); echo ready; sleep 1000";

linux("killTree() kills all of a tree at once, and nobody else", async (t) => {
  const tree = testTree(t);
  const [mine, other] = [treeName(tree, "mine"), treeName(tree, "other")];
  const shell = await startShell(STUBBORN, { tree: mine });
  const neighbour = await startShell(SLEEP, { tree: other });
  t.deepEqual(killTree({ names: [mine] }), []);
  await until(() => !isRunning(shell.pid) && !isRunning(Number(shell.lines[0])));
  t.true(isRunning(neighbour.pid));
  t.deepEqual(killTree({ names: [mine] }), []);
});

linux("endTree() asks first, and kills after the grace what does not listen", async (t) => {
  const tree = testTree(t);
  const polite = await startShell("trap 'echo asked; exit 0' TERM; echo ready; sleep 1000 & wait", { tree });
  const said: string[] = [];
  polite.child.stdout?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const stubborn = await startShell(STUBBORN, { tree });
  t.deepEqual(await endTree({ names: [tree] }, { graceMs: 300 }), []);
  t.false(isRunning(polite.pid));
  t.false(isRunning(stubborn.pid));
  t.false(isRunning(Number(stubborn.lines[0])));
  t.is(polite.child.exitCode, 0);
  t.deepEqual(membersOf({ names: [tree] }), []);
});

linux("endTree() ends processes that do nothing but fork", async (t) => {
  const tree = testTree(t);
  const script =
    "fork() { (sleep 0.01; fork) & (sleep 0.02; fork) & }; ulimit -u 4000; echo ready; fork; sleep 1000";
  const shell = await startShell(script, { tree });
  t.deepEqual(await endTree({ names: [tree], leaders: [identify(shell.pid)] }), []);
  t.deepEqual(membersOf({ names: [tree] }), []);
});

linux(
  "endTree() ends a daemon that does nothing but exec, during which its environment cannot be read",
  async (t) => {
    const tree = testTree(t);
    const again = 'exec sh -c "$0" "$0"';
    const starter = `(setsid sh -c '${again}' '${again}' & echo $!); echo ready; exec sleep 1000`;
    const shell = await startShell(starter, { tree });
    const looks = Array.from({ length: 100 }, () => membersOf({ names: [tree] }));
    const daemon = Number(shell.lines[0]);
    const seen = looks.filter((members) => members.some(({ pid }) => pid === daemon)).length;
    t.true(seen > 95, `seen ${seen} times of 100`);
    t.deepEqual(await endTree({ names: [tree] }), []);
    t.false(isRunning(daemon));
  },
);

linux("endTree() leaves what was started meanwhile under another name of the tree alone", async (t) => {
  const tree = testTree(t);
  const [before, after] = [treeName(tree, "before"), treeName(tree, "after")];
  await startShell(STUBBORN, { tree: before });
  const ending = endTree({ names: [before] }, { graceMs: 200 });
  const next = await startShell(SLEEP, { tree: after });
  await ending;
  t.true(isRunning(next.pid));
});

for (const how of ["killTree", "endTree"] as const) {
  withSharedMemory(
    `${how}() spares Python's resource tracker, which frees the shared memory and ends`,
    async (t) => {
      const { tree, segment } = await sharedMemory(t);
      if (how === "endTree") t.deepEqual(await endTree({ names: [tree] }, { graceMs: 200 }), []);
      else {
        const spared = killTree({ names: [tree] });
        t.is(spared.length, 1);
        await endCleaners(spared);
      }
      t.false(readdirSync("/dev/shm").includes(segment));
      t.deepEqual(membersOf({ names: [tree] }), []);
    },
  );
}

/** A Python program with a shared memory segment, and a forked pool that holds the tracker's pipe, too. */
async function sharedMemory(
  t: ExecutionContext,
): Promise<{ readonly tree: string; readonly segment: string }> {
  const tree = testTree(t);
  const dir = mkdtempSync(join(tmpdir(), "millrace-tree-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const code = `import multiprocessing, signal, time
from multiprocessing import shared_memory
signal.signal(signal.SIGTERM, signal.SIG_IGN)
segment = shared_memory.SharedMemory(create=True, size=1_000_000)
pool = multiprocessing.get_context("fork").Pool(2)
open("segment", "w").write(segment.name)
time.sleep(1000)`;
  await startShell(
    `cd ${dir}; python3 -c '${code.replaceAll("'", `'"'"'`)}' & until [ -s segment ]; do sleep 0.05; done; echo ready; wait`,
    { tree },
  );
  const segment = readFileSync(join(dir, "segment"), "utf8").replace(/^\//, "");
  t.true(readdirSync("/dev/shm").includes(segment));
  return { tree, segment };
}

test("killTree() kills nobody when there is nobody", async (t) => {
  const shell = await startShell(SLEEP);
  t.teardown(() => kill(shell.child));
  t.deepEqual(killTree({ names: [testTree(t)] }), []);
  // Its number was another's when the leader was written down.
  t.deepEqual(killTree({ names: [testTree(t)], leaders: [{ pid: shell.pid, startId: "1" }] }), []);
  t.true(isRunning(shell.pid));
});
