import { DEFAULTS } from "@millrace/core";
import type { Fault } from "../fault.ts";
import { type ProcessKind, pick, signal } from "../processes.ts";

/** Sends SIGSTOP to one process of a kind, and SIGCONT later. */
function stop(kind: ProcessKind, options: Pick<Fault, "weight" | "needs"> & Partial<Fault>): Fault {
  return {
    ...options,
    inject: async (target, draw) => {
      const victim = pick(target.processes(), kind, draw);
      if (!victim || !signal(victim.pid, "SIGSTOP")) return undefined;
      const heal = async () => void signal(victim.pid, "SIGCONT");
      return { what: `${kind} ${victim.pid}`, heal };
    },
  };
}

const SHORT_MS = 1_500;

export const stopWorker = stop("worker", { needs: [], weight: 3, holdMs: SHORT_MS });
export const stopPredictor = stop("predictor", { needs: [], weight: 2, holdMs: SHORT_MS });
export const stopService = stop("service", { needs: ["service"], weight: 2, holdMs: SHORT_MS });
/** Suspended past its lease: other workers run its batches, and its own commits come late. */
export const stopWorkerPastLease = stop("worker", {
  needs: ["service"],
  weight: 1,
  mostOfThousand: 12,
  holdMs: (DEFAULTS.leaseSeconds + 3) * 1_000,
});
