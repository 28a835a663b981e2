import { stat } from "node:fs/promises";
import { join } from "node:path";
import { formatTime } from "../format.ts";
import { type Check, failed, ok, warning } from "./finding.ts";

/** The software is newer than this. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const TOLERANCE_MS = 60_000;
/** Files that the service writes. */
const WITNESSES = ["index.db", "service.json", "service.log", "token"] as const;

/** Checks this machine's clock, which leases, timeouts and signatures depend on. */
export const checkClock: Check = async ({ home }) => {
  const nowMs = Date.now();
  const shown = formatTime(new Date(nowMs).toISOString());
  const advice = "set it with NTP";
  if (nowMs < EARLIEST_MS) return [failed("clock", `it says ${shown}`, advice)];
  for (const name of WITNESSES) {
    const file = await stat(join(home, name)).catch(() => undefined);
    if (file === undefined || file.mtimeMs <= nowMs + TOLERANCE_MS) continue;
    const written = formatTime(file.mtime.toISOString());
    return [
      warning("clock", `it says ${shown}, but ${name} is from ${written}: the clock was set back`, advice),
    ];
  }
  return [ok("clock", shown)];
};
