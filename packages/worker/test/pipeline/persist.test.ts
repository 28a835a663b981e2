import { MillraceError, silentLogger } from "@millrace/core";
import test from "ava";
import { persist } from "../../src/pipeline/persist.ts";

test("persist() waits out a full disk", async (t) => {
  let calls = 0;
  const value = await persist(
    async () => {
      calls += 1;
      if (calls < 3) throw new MillraceError("disk_full", "no space");
      return "written";
    },
    { logger: silentLogger },
  );
  t.is(value, "written");
  t.is(calls, 3);
});

test("persist() throws at once what waiting cannot mend", async (t) => {
  let calls = 0;
  const step = async () => {
    calls += 1;
    throw new MillraceError("state_corrupt", "damaged");
  };
  await t.throwsAsync(persist(step, { logger: silentLogger }), { message: "damaged" });
  t.is(calls, 1);
});

test("persist() gives up when it is told to end", async (t) => {
  const step = async () => {
    throw new MillraceError("unavailable", "busy");
  };
  const options = { logger: silentLogger, signal: AbortSignal.abort() };
  await t.throwsAsync(persist(step, options), { message: "busy" });
});
