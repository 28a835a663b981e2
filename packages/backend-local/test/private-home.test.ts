import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLogger } from "@millrace/core";
import test from "ava";
import { openLocalBackend } from "../src/mod.ts";
import { temporaryHome } from "./fixtures/temporary-home.ts";

test("openLocalBackend() keeps specs and projects from other users, also in a home that was open to all", async (t) => {
  const { home, remove } = await temporaryHome();
  t.teardown(remove);
  const root = join(home, "home");
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
