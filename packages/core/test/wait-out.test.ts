import test from "ava";
import { MillraceError } from "../src/errors.ts";
import { silentLogger } from "../src/logger.ts";
import { waitOut } from "../src/wait-out.ts";

const full = () => new MillraceError("disk_full", "no space");

test("waitOut() calls again until an error has passed", async (t) => {
  let calls = 0;
  const step = async () => {
    calls += 1;
    if (calls < 3) throw full();
    return "written";
  };
  t.is(await waitOut(step, { logger: silentLogger }), "written");
  t.is(calls, 3);
});

test("waitOut() throws permanent errors at once", async (t) => {
  let calls = 0;
  const step = async () => {
    calls += 1;
    throw new MillraceError("state_corrupt", "damaged");
  };
  await t.throwsAsync(waitOut(step, { logger: silentLogger }), { message: "damaged" });
  t.is(calls, 1);
});

test("waitOut() throws the error when its patience is over", async (t) => {
  let calls = 0;
  const step = async () => {
    calls += 1;
    throw full();
  };
  // Less than the first wait, and far more than the first call takes.
  await t.throwsAsync(waitOut(step, { logger: silentLogger, patienceMs: 200 }), { message: "no space" });
  t.is(calls, 2);
});

test("waitOut() throws the error when it is aborted, also while it waits", async (t) => {
  let calls = 0;
  const ending = new AbortController();
  const step = async () => {
    calls += 1;
    // The wait of this attempt begins before the timer fires.
    if (calls === 1) setTimeout(() => ending.abort(), 1);
    throw full();
  };
  const options = { logger: silentLogger, signal: ending.signal };
  await t.throwsAsync(waitOut(step, options), { message: "no space" });
  t.is(calls, 1);
  await t.throwsAsync(waitOut(step, options), { message: "no space" });
  t.is(calls, 2);
});
