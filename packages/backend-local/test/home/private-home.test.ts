import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { MillraceError, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { homePaths } from "../../src/home/home.ts";
import { keepPrivate, narrowTrees } from "../../src/home/private-home.ts";
import { lockHome, openLocalBackend } from "../../src/mod.ts";
import { asOtherUser, OTHER_UID, whyNoOtherUser } from "../fixtures/other-user.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

/** A home that is open to all, in a directory where all may go. */
async function openHome(t: ExecutionContext, mode = 0o755): Promise<string> {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  chmodSync(home, 0o755);
  const root = join(home, "home");
  mkdirSync(root);
  chmodSync(root, mode);
  return root;
}

/** True, with the reason in the test's log, where nobody can be another user. */
function isAlone(t: ExecutionContext): boolean {
  const why = whyNoOtherUser();
  if (why === undefined) return false;
  t.log(`not tried: ${why}`);
  t.pass();
  return true;
}

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8);
}

test("openLocalBackend() hides specs and projects from other users, also in a home that was open to all", async (t) => {
  const root = await openHome(t);
  mkdirSync(join(root, "apis"), { recursive: true, mode: 0o777 });
  writeFileSync(join(root, "index.db"), "", { mode: 0o666 });
  const backend = await openLocalBackend({
    home: root,
    logger: silentLogger,
    workerCommand: ["false"],
    environment: {},
  });
  const spec = { predictor: { env: { SECRET: "s3cr3t" } }, networking: { endpoint: "a" } };
  await backend.ledger.apis.put({ name: "a", version: "1", spec: spec as never, createdAtMs: 1 });
  const modes = new Map(
    readdirSync(root).map((name) => [name, (statSync(join(root, name)).mode & 0o777).toString(8)]),
  );
  t.true(modes.has("index.db-wal"));
  for (const [name, mode] of modes) t.is(mode, name.startsWith("index.db") ? "600" : "700", name);
  for (const name of ["apis", "cache", "jobs", "tmp"]) t.true(modes.has(name), name);
  await backend.pool.close();
  await backend.ledger.close();
});

test("keepPrivate() restricts the files of an existing home, and leaves files that are not ours", async (t) => {
  const root = await openHome(t, 0o777);
  const own = [
    ...["index.db", "index.db-wal", "index.db-shm", "service.json", "service.lock", "service.lock-journal"],
    ...["service.lock.json", "service.log", "service.log.1", "sessions.json", "token", "token.1f00ba"],
  ];
  for (const name of [...own, "report.csv", "tokens.txt"]) {
    writeFileSync(join(root, name), name);
    chmodSync(join(root, name), 0o666);
  }
  mkdirSync(join(root, "jobs"));
  chmodSync(join(root, "jobs"), 0o777);
  keepPrivate(homePaths(root));
  for (const name of own) t.is(modeOf(join(root, name)), "600", name);
  for (const name of ["report.csv", "tokens.txt"]) t.is(modeOf(join(root, name)), "666", name);
  t.is(modeOf(join(root, "jobs")), "700");
  t.is(modeOf(root), "755");
});

test("keepPrivate() leaves a shared directory such as /tmp unchanged", async (t) => {
  const root = await openHome(t, 0o1777);
  keepPrivate(homePaths(root));
  t.is(modeOf(root), "1777");
});

test("narrowTrees() restricts what an older version left, follows no link, and leaves files with further hard links", async (t) => {
  const root = await openHome(t);
  const home = homePaths(root);
  const outside = join(root, "..", "outside");
  mkdirSync(outside);
  for (const name of ["data.csv", "stored.js"]) {
    writeFileSync(join(outside, name), "x");
    chmodSync(join(outside, name), 0o644);
  }
  const version = home.apiDirectory("a", "1");
  mkdirSync(join(version, "project", "node_modules"), { recursive: true });
  mkdirSync(home.logsDirectory("J1"), { recursive: true });
  const files = {
    [home.jobFile("J1")]: 0o644,
    [`${version}/project/.env`]: 0o664,
    [`${version}/run.sh`]: 0o755,
  };
  for (const [file, mode] of Object.entries(files)) {
    writeFileSync(file, "x");
    chmodSync(file, mode);
  }
  chmodSync(home.jobDirectory("J1"), 0o2775);
  symlinkSync(outside, join(version, "project", "link"));
  symlinkSync("nowhere", join(version, "project", "dangling"));
  linkSync(join(outside, "stored.js"), join(version, "project", "node_modules", "stored.js"));
  await narrowTrees(home);
  t.is(modeOf(home.jobFile("J1")), "600");
  t.is(modeOf(home.jobDirectory("J1")), "2700");
  t.is(modeOf(home.logsDirectory("J1")), "700");
  t.is(modeOf(`${version}/project/.env`), "600");
  t.is(modeOf(`${version}/run.sh`), "700");
  t.is(modeOf(`${version}/project/node_modules`), "700");
  for (const name of ["data.csv", "stored.js"]) t.is(modeOf(join(outside, name)), "644", name);
  t.is(modeOf(outside), "755");
});

test("lockHome() refuses a home, and files of one, that belong to another user", async (t) => {
  if (isAlone(t)) return;
  const root = await openHome(t);
  for (const planted of ["token", "index.db", "jobs"]) {
    mkdirSync(join(root, planted));
    chownSync(join(root, planted), OTHER_UID, OTHER_UID);
    const error = t.throws(() => lockHome(root), { instanceOf: MillraceError });
    t.is(error?.code, "backend_misconfigured");
    t.regex(
      error?.message ?? "",
      new RegExp(`home/${planted}": it belongs to user ${OTHER_UID}, expected 0`),
    );
    chownSync(join(root, planted), 0, 0);
  }
  chownSync(root, OTHER_UID, OTHER_UID);
  t.throws(() => lockHome(root), { message: /home": it belongs to user/ });
});

/** Tries to hold the lock in every way that SQLite knows; until it ends, or it holds one. */
const HOLD = `
for (const sql of ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "BEGIN; SELECT * FROM sqlite_master"]) {
  try {
    new DatabaseSync(process.argv[1], { readOnly: sql.includes("SELECT") }).exec(sql);
    console.log("held");
  } catch (error) {
    console.log(error.message);
  }
}
`;

test("lockHome() takes a lock that no other user can hold, whatever its mode was", async (t) => {
  if (isAlone(t)) return;
  const root = await openHome(t);
  const lock = join(root, "service.lock");
  lockHome(root)();
  // As an older version made it: this shows that the other user could come to it.
  chmodSync(lock, 0o644);
  t.regex(asOtherUser(HOLD, lock), /held/);
  lockHome(root)();
  t.is(asOtherUser(HOLD, lock), "unable to open database file\n".repeat(3));
  t.throws(() => readFileSync(join(root, "service.lock.json")), { code: "ENOENT" });
});
