import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { MillraceError } from "@millrace/core";
import test from "ava";
import { lockHome } from "../../src/mod.ts";
import { until } from "../fixtures/pool-home.ts";
import { temporaryHome } from "../fixtures/temporary-home.ts";

const HOLD_LOCK = fileURLToPath(new URL("../fixtures/hold-lock.ts", import.meta.url));

test("lockHome() names the process and address that use the home, until the process is killed", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const holder = spawn(process.execPath, [HOLD_LOCK, home], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  const service = { url: "http://127.0.0.1:8080", pid: holder.pid, version: "1" };
  await writeFile(join(home, "service.json"), JSON.stringify(service));
  const error = t.throws(() => lockHome(home), { instanceOf: MillraceError });
  t.is(error?.code, "state_in_use");
  t.regex(error?.message ?? "", new RegExp(`process ${holder.pid} at http://127.0.0.1:8080`));
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const release = await until(() => lockHome(home));
  release();
});

test("lockHome() is exclusive within a process, and free after release", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const release = lockHome(home);
  t.throws(() => lockHome(home), { message: new RegExp(`process ${process.pid} is using it`) });
  release();
  release();
  lockHome(home)();
});
