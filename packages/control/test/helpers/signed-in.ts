import type { ExecutionContext } from "ava";
import { Browser } from "./browser.ts";
import { startHarness } from "./harness.ts";

/** A clock that is moved by hand. */
export function clock() {
  let nowMs = Date.now();
  return {
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** A service, and a browser that is signed in to it. */
export async function signedIn(t: ExecutionContext, options: Parameters<typeof startHarness>[1] = {}) {
  const harness = await startHarness(t, options);
  const browser = new Browser(harness);
  t.is((await browser.signIn()).status, 303);
  return { ...harness, browser };
}
