import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type BackendUnderTest, describeBackend } from "@millrace/backend-suite";
import { silentLogger } from "@millrace/core";
import test from "ava";
import { openLocalWorkerBackend } from "../src/mod.ts";
import { temporaryHome } from "./fixtures/temporary-home.ts";

async function create(): Promise<BackendUnderTest> {
  const { home, remove } = await temporaryHome();
  let advancedMs = 0;
  const open = () =>
    openLocalWorkerBackend({
      home: join(home, ".millrace"),
      logger: silentLogger,
      now: () => Date.now() + advancedMs,
    });
  const backend = await open();
  const inputPrefix = `${home}/input/`;
  return {
    backend,
    reopen: open,
    advance: async (ms) => {
      advancedMs += ms;
    },
    inputPrefix,
    putInput: async (name, content) => {
      await mkdir(dirname(inputPrefix + name), { recursive: true });
      await writeFile(inputPrefix + name, content);
      return inputPrefix + name;
    },
    deleteInput: (name) => rm(inputPrefix + name),
    opener: {
      module: new URL("fixtures/open-worker-backend.ts", import.meta.url).href,
      argument: join(home, ".millrace"),
    },
    cleanup: async () => {
      await backend.ledger.close();
      await remove();
    },
  };
}

describeBackend(test, { name: "local", queue: { isExact: true }, create });
