import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { collect } from "@millrace/backend-suite";
import { type ListOptions, type ObjectStore, silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { openLocalWorkerBackend } from "../../src/mod.ts";
import { listing } from "../fixtures/listing.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const LIST_DIRECTORY = fileURLToPath(new URL("../fixtures/list-directory.ts", import.meta.url));
/** A user that may nothing, where the tests are root's, whom nothing is forbidden. */
const NOBODY = 65_534;

async function setUp(t: ExecutionContext): Promise<{ objects: ObjectStore; data: string; home: string }> {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const { objects } = await openLocalWorkerBackend({ home: join(home, "home"), logger: silentLogger });
  const data = join(home, "data");
  mkdirSync(data);
  return { objects, data, home };
}

/** Lists a directory as a user who is not root. */
async function listingOfUser(home: string, prefix: string): ReturnType<typeof listing> {
  chmodSync(home, 0o777);
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const args = [...process.execArgv, LIST_DIRECTORY, join(home, "home-of-user"), prefix];
  const { stdout } = await promisify(execFile)(process.execPath, args, user);
  return JSON.parse(stdout);
}

test("list() follows links to files and directories", async (t) => {
  const { objects, data } = await setUp(t);
  mkdirSync(join(data, "a/b"), { recursive: true });
  mkdirSync(join(data, "../elsewhere"));
  writeFileSync(join(data, "a/b/file"), "1");
  writeFileSync(join(data, "../elsewhere/far"), "2");
  symlinkSync("../elsewhere", join(data, "linked"));
  symlinkSync("a/b/file", join(data, "link-to-file"));
  const { paths, unreadable } = await listing(objects, `${data}/`);
  t.deepEqual([paths, unreadable], [["a/b/file", "link-to-file", "linked/far"], {}]);
});

test("list() reports broken links, circular links, and links to a directory above or to a special file", async (t) => {
  const { objects, data } = await setUp(t);
  mkdirSync(join(data, "a/b"), { recursive: true });
  writeFileSync(join(data, "a/b/file"), "1");
  symlinkSync(data, join(data, "a/b/loop"));
  symlinkSync("self", join(data, "self"));
  symlinkSync("/mnt/nowhere/x.json", join(data, "dangling.json"));
  symlinkSync("a/b/file/below", join(data, "below-a-file"));
  symlinkSync("/dev/zero", join(data, "zero.json"));
  const { paths, unreadable } = await listing(objects, `${data}/`);
  t.deepEqual(paths, ["a/b/file"]);
  t.deepEqual(unreadable, {
    "a/b/loop/": `leads back to "${data}/", a directory above it`,
    "below-a-file": 'is a link to "a/b/file/below", which is not there',
    "dangling.json": 'is a link to "/mnt/nowhere/x.json", which is not there',
    self: "is a link that leads in a circle",
    "zero.json": "is a device, a pipe or a socket",
  });
});

test("list() reports pipes and sockets, which may block a reader", async (t) => {
  const { objects, data } = await setUp(t);
  execFileSync("mkfifo", [join(data, "pipe")]);
  const server = createServer().listen(join(data, "socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  t.teardown(() => server.close());
  const { paths, unreadable } = await listing(objects, `${data}/`);
  const special = "is a device, a pipe or a socket";
  t.deepEqual([paths, unreadable], [[], { pipe: special, socket: special }]);
});

test("list() reports names of files and directories that are not UTF-8, and lists a real U+FFFD", async (t) => {
  const { objects, data } = await setUp(t);
  const bytes = (name: string) => Buffer.from(`${data}/${name}`, "latin1");
  writeFileSync(bytes("d\xfc.ndjson"), "5");
  writeFileSync(bytes("d\xe4.ndjson"), "6");
  mkdirSync(bytes("jahr\xe4nderung"));
  writeFileSync(bytes("jahr\xe4nderung/c.ndjson"), "3");
  writeFileSync(join(data, "\ufffd"), "4");
  writeFileSync(join(data, "ü.ndjson"), "1");
  const { paths, unreadable } = await listing(objects, `${data}/`);
  t.deepEqual(paths, ["ü.ndjson", "\ufffd"]);
  t.deepEqual(unreadable, {
    "d\ufffd.ndjson": "has a name that is not UTF-8",
    "jahr\ufffdnderung": "has a name that is not UTF-8",
  });
});

test("list() reports a name that is not UTF-8 beside one with U+FFFD in its place", async (t) => {
  const { objects, data } = await setUp(t);
  writeFileSync(Buffer.from(`${data}/d\xfc`, "latin1"), "5");
  writeFileSync(join(data, "d\ufffd"), "4");
  const { paths, unreadable } = await listing(objects, `${data}/`);
  t.deepEqual([paths, Object.keys(unreadable)], [["d\ufffd"], ["d\ufffd"]]);
});

test("list() reports directories and links that its user may not read", async (t) => {
  const { data, home } = await setUp(t);
  writeFileSync(join(data, "a.json"), "1");
  mkdirSync(join(data, "closed"), { mode: 0o700 });
  writeFileSync(join(data, "closed/b.json"), "2");
  mkdirSync(join(data, "no-entry"));
  writeFileSync(join(data, "no-entry/c.json"), "3");
  symlinkSync("closed/b.json", join(data, "link.json"));
  symlinkSync("closed", join(data, "link"));
  if (process.getuid?.() !== 0) chmodSync(join(data, "closed"), 0);
  // Its names can be read, but nothing below can be looked at.
  chmodSync(join(data, "no-entry"), 0o444);
  t.teardown(() => {
    for (const name of ["closed", "no-entry"]) chmodSync(join(data, name), 0o755);
  });
  const { paths, unreadable } = await listingOfUser(home, `${data}/`);
  const reason = "may not be read by the user that the service runs as";
  t.deepEqual(paths, ["a.json"]);
  t.like(unreadable, {
    "closed/": reason,
    "link/": reason,
    "link.json": `is a link to "closed/b.json", which ${reason}`,
  });
  t.true(
    Object.keys(unreadable).some((path) => path.startsWith("no-entry/")),
    JSON.stringify(unreadable),
  );
});

test("list() reports a file that vanishes between the listing and its stat", async (t) => {
  const { objects, data } = await setUp(t);
  for (let i = 0; i < 200; i += 1) writeFileSync(join(data, String(i).padStart(3, "0")), "1");
  const told: Record<string, string> = {};
  const listed: string[] = [];
  // Files are looked at in groups: the last are gone before it is their turn.
  const onUnreadable = ({ uri, reason }: { uri: string; reason: string }) => {
    told[uri.slice(data.length + 1)] = reason;
  };
  for await (const { uri } of objects.list(`${data}/`, { onUnreadable })) {
    if (listed.length === 0) rmSync(join(data, "199"));
    listed.push(uri);
  }
  t.is(listed.length, 199);
  t.deepEqual(told, { 199: "vanished while it was listed" });
});

test("list() reports a directory that vanishes before it is opened", async (t) => {
  const { objects, data } = await setUp(t);
  for (const name of ["a", "b"]) mkdirSync(join(data, name));
  const told: string[] = [];
  const options: ListOptions = {
    enters: (directory) => {
      if (directory.endsWith("/b/")) rmdirSync(directory);
      return true;
    },
    onUnreadable: ({ uri, reason }) => told.push(`${uri.slice(data.length)} ${reason}`),
  };
  t.deepEqual(await collect(objects.list(`${data}/`, options)), []);
  t.deepEqual(told, ["/b/ vanished while it was listed"]);
});

test("list() does not read directories that the caller excludes", async (t) => {
  const { objects, data } = await setUp(t);
  mkdirSync(join(data, ".git/objects"), { recursive: true });
  writeFileSync(join(data, ".git/x"), "1");
  writeFileSync(join(data, "a"), "1");
  symlinkSync("..", join(data, ".git/objects/up"));
  const asked: string[] = [];
  const { paths, unreadable } = await listing(objects, `${data}/`, {
    enters: (directory) => {
      asked.push(directory.slice(data.length));
      return false;
    },
  });
  t.deepEqual([paths, unreadable, asked], [["a"], {}, ["/.git/", "/.git/"]]);
});

test("list() throws object_unreadable when the caller does not collect unreadable entries", async (t) => {
  const { objects, data } = await setUp(t);
  symlinkSync("nowhere", join(data, "dangling"));
  const expected = { code: "object_unreadable", message: /dangling.*which is not there/ };
  await t.throwsAsync(collect(objects.list(`${data}/`)), expected);
  await t.throwsAsync(collect(objects.listUris(`${data}/`)), expected);
});

test("list() returns nothing for a prefix below a file, and below nothing", async (t) => {
  const { objects, data } = await setUp(t);
  writeFileSync(join(data, "a"), "1");
  for (const prefix of [`${data}/a/`, `${data}/none/x`])
    t.deepEqual(await listing(objects, prefix), { paths: [], unreadable: {} });
});
