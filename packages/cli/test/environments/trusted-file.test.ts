import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import test, { type ExecutionContext } from "ava";
import { fakeService, millrace, TOKEN, temporaryDirectory } from "../harness.ts";

/** "nobody". */
const OTHER_UID = 65_534;

/** A home whose service lists its APIs, and gets the token of who asks. */
async function homeWithService(t: ExecutionContext) {
  const { url, seen } = await fakeService(t, {
    "GET /apis": { apis: [] },
    "GET /readyz": { status: "ready" },
  });
  const home = join(temporaryDirectory(t), "home");
  mkdirSync(home, { mode: 0o700 });
  const file = join(home, "service.json");
  writeFileSync(file, JSON.stringify({ url, pid: process.pid, version: "0.1.0" }), { mode: 0o600 });
  const config = join(home, "..", "config");
  const env = { MILLRACE_HOME: home, MILLRACE_TOKEN: TOKEN, MILLRACE_CONFIG_HOME: config };
  return { home, file, env, seen };
}

/** Ways in which another user could lead the token to himself. */
const OPEN: readonly { readonly what: "home" | "file"; readonly mode: number }[] = [
  { what: "file", mode: 0o602 },
  { what: "file", mode: 0o664 },
  { what: "home", mode: 0o720 },
  { what: "home", mode: 0o777 },
  // Files of others are safe in it, but this one would be theirs if they were first.
  { what: "home", mode: 0o1777 },
];

for (const { what, mode } of OPEN) {
  test(`no command follows service.json when others can write to the ${what}, mode ${mode.toString(8)}`, async (t) => {
    const place = await homeWithService(t);
    t.is((await millrace(["get"], { env: place.env })).code, 0);
    const before = place.seen.length;
    chmodSync(place[what], mode);
    for (const args of [["get"], ["up", "--detach"], ["down"], ["logs", "sum", "J1"], ["doctor"]]) {
      const { code, stdout, stderr } = await millrace(args, { env: place.env });
      t.not(code, 0, args.join(" "));
      t.regex(stdout + stderr, /other users can write to ".*home/, args.join(" "));
      t.regex(stdout + stderr, /chmod go-w /, args.join(" "));
    }
    t.is(place.seen.length, before, "a request was sent");
  });
}

for (const what of ["home", "file"] as const) {
  test(`no command follows service.json when another user owns the ${what}`, async (t) => {
    if (process.getuid?.() !== 0) {
      t.log("not tried: only root can give a file away");
      return t.pass();
    }
    const place = await homeWithService(t);
    chownSync(place[what], OTHER_UID, OTHER_UID);
    const { code, stderr } = await millrace(["get"], { env: place.env });
    t.is(code, 2);
    t.regex(stderr, /belongs to user 65534, expected 0: that user could redirect the token/);
    t.deepEqual(place.seen, []);
  });
}

test("no command uses an environments file that others can write to", async (t) => {
  const { url, seen } = await fakeService(t, { "GET /apis": { apis: [] } });
  const config = join(temporaryDirectory(t), "config");
  const env = { MILLRACE_CONFIG_HOME: config };
  const add = ["env", "add", "box", "--url", url];
  t.is((await millrace(add, { env: { ...env, MILLRACE_TOKEN: TOKEN } })).code, 0);
  t.is((await millrace(["get", "--env", "box"], { env })).code, 0);
  const before = seen.length;
  chmodSync(join(config, "environments.json"), 0o620);
  const { code, stderr } = await millrace(["get", "--env", "box"], { env });
  t.is(code, 2);
  t.regex(stderr, /other users can write to ".*environments\.json"/);
  t.is(seen.length, before);
});
