import process from "node:process";
import test from "ava";
import { identify, membersOf, treeName } from "../src/mod.ts";
import { rowOf } from "../src/process-table.ts";
import { isRunning, kill, SLEEP, startShell, testTree, until } from "./harness.ts";

const linux = process.platform === "linux" ? test : test.skip;
const pidsOf = (...names: string[]) => membersOf({ names }).map(({ pid }) => pid);

/** Children that try to get away, each of which prints its number. `$$` would be the first shell's. */
const ESCAPES = {
  "a child": "sleep 1000 & echo $!",
  "a session of its own": "setsid sleep 1000 & echo $!",
  "a daemon, whose parents are gone": "(setsid bash -c 'sleep 1000 & echo $!')",
  "a child without the environment": "env -i sleep 1000 & echo $!",
  "a child without the environment whose parent is gone": "(env -i sleep 1000 & echo $!)",
  "a child without the environment in a session of its own": "env -i setsid sleep 1000 & echo $!",
};

for (const [what, script] of Object.entries(ESCAPES)) {
  linux(`membersOf() finds ${what}`, async (t) => {
    const tree = testTree(t);
    const shell = await startShell(`${script}; echo ready; sleep 1000`, { tree });
    const pid = Number(shell.lines[0]);
    t.true(isRunning(pid));
    t.true(pidsOf(tree).includes(pid));
    t.true(pidsOf(tree).includes(shell.pid));
  });
}

linux(
  "membersOf() finds what a leader that has ended left in its session, without its environment",
  async (t) => {
    const tree = testTree(t);
    const shell = await startShell("(env -i sleep 1000 & echo $!); echo ready; sleep 1000", { tree });
    const leaders = [identify(shell.pid)];
    const pid = Number(shell.lines[0]);
    t.teardown(() => process.kill(pid, "SIGKILL"));
    await kill(shell.child);
    t.deepEqual(pidsOf(tree), []);
    t.deepEqual(
      membersOf({ names: [tree], leaders }).map((member) => [member.pid, member.tree]),
      [[pid, undefined]],
    );
    // The number of the leader is another's by now.
    t.deepEqual(membersOf({ names: [tree], leaders: [{ pid: process.pid, startId: "1" }] }), []);
  },
);

linux("membersOf() finds the trees within, and nobody of other trees or without one", async (t) => {
  const tree = testTree(t);
  const [one, two] = [treeName(tree, "one"), treeName(tree, "two")];
  const first = await startShell(SLEEP, { tree: treeName(one, "deep") });
  const second = await startShell(SLEEP, { tree: two });
  // Its name begins with the other's, but for the slash.
  const third = await startShell(SLEEP, { tree: treeName(tree, "one-more") });
  const stranger = await startShell(SLEEP, { env: { SAID: `MILLRACE_TREE=${one}` } });
  t.teardown(() => kill(stranger.child));
  t.true(pidsOf(one).includes(first.pid));
  t.deepEqual(
    [second, third, stranger].filter(({ pid }) => pidsOf(one).includes(pid)),
    [],
  );
  t.deepEqual(
    [first, second, third, stranger].map(({ pid }) => pidsOf(one, two).includes(pid)),
    [true, true, false, false],
  );
  t.deepEqual(
    [first, second, third, stranger].map(({ pid }) => pidsOf(tree).includes(pid)),
    [true, true, true, false],
  );
  t.is(membersOf({ names: [one] }).find(({ pid }) => pid === first.pid)?.tree, treeName(one, "deep"));
});

linux("membersOf() leaves out zombies and this process", async (t) => {
  const tree = testTree(t);
  // `sleep` does not wait for a child that it does not know of.
  const shell = await startShell(`true & echo $!; ${SLEEP}`, { tree });
  const zombie = Number(shell.lines[0]);
  await until(() => rowOf(zombie)?.state === "Z");
  t.false(pidsOf(tree).includes(zombie));
  t.false(
    membersOf({ names: [tree], leaders: [identify(process.pid)] }).some(({ pid }) => pid === process.pid),
  );
});
