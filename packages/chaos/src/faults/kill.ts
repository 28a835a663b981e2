import type { Fault } from "../fault.ts";
import { type ProcessKind, pick, signal } from "../processes.ts";

/** Sends SIGKILL to one process of a kind. */
function kill(kind: ProcessKind, weight: number): Fault {
  return {
    needs: [],
    weight,
    inject: async (target, draw) => {
      const victim = pick(target.processes(), kind, draw);
      return victim && signal(victim.pid, "SIGKILL") ? { what: `${kind} ${victim.pid}` } : undefined;
    },
  };
}

export const killWorker = kill("worker", 6);
export const killPredictor = kill("predictor", 6);

/** Sends SIGKILL to the service, which is then restarted. */
export const killService: Fault = {
  needs: ["service"],
  weight: 4,
  inject: async ({ service }) => {
    await service?.restart();
    return { what: "the service" };
  },
};
