import { waitOut } from "@millrace/core";
import type { Parts } from "./parts.ts";

const IDLE_FIRST_MS = 5;
const BEHIND_LOOK_MS = 200;

/** Leases and loads batches ahead of the predictor while there is room. */
export async function fetchLoop(parts: Parts): Promise<void> {
  const { backend, ending, backlog, inFlight, committer, fetchWake } = parts;
  let idleMs = IDLE_FIRST_MS;
  while (!ending.end) {
    const isBehind = committer.behind;
    const room = isBehind ? 0 : backlog.room(inFlight.size);
    if (room === 0) {
      await fetchWake.wait(isBehind ? BEHIND_LOOK_MS : undefined);
      if (isBehind) inFlight.lacked("writing");
      continue;
    }
    const { leased, ready } = await waitOut(() => parts.fetcher.fetch(room, ending.signal), parts);
    inFlight.lacked(leased > 0 ? "loading" : "idle");
    backlog.push(ready);
    if (ready.length > 0) parts.predictWake.notify();
    if (leased > 0) {
      idleMs = IDLE_FIRST_MS;
      continue;
    }
    if (inFlight.size === 0 && backlog.isEmpty && committer.idle)
      await parts.progress.look(backend.pace.progressAgeMs);
    if (ending.end) return;
    await fetchWake.wait(idleMs);
    idleMs = Math.min(idleMs * 2, backend.pace.idleMs);
  }
}
