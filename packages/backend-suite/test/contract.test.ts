import test from "ava";
import { type BackendUnderTest, describeBackend, MemoryState, memoryBackend, putObject } from "../src/mod.ts";
import { serveBackend } from "./fixtures/serve-backend.ts";

const INPUT = "memory://input/";

async function create(): Promise<BackendUnderTest> {
  const state = new MemoryState();
  let advancedMs = 0;
  const open = () => memoryBackend({ state, now: () => Date.now() + advancedMs });
  const served = await serveBackend(open());
  return {
    backend: open(),
    reopen: async () => open(),
    advance: async (ms) => {
      advancedMs += ms;
    },
    inputPrefix: INPUT,
    putInput: async (name, content) => {
      putObject(state, INPUT + name, new TextEncoder().encode(content));
      return INPUT + name;
    },
    deleteInput: async (name) => {
      state.objects.delete(INPUT + name);
    },
    opener: {
      module: new URL("fixtures/open-served-backend.ts", import.meta.url).href,
      argument: served.url,
    },
    cleanup: served.close,
  };
}

describeBackend(test, { name: "memory", queue: { isExact: true }, create });
