import type { PoolWorker } from "@millrace/core";
import { findByArguments, type ProcessIdentity } from "@millrace/process-tree";
import type { StateFiles } from "../state/state-files.ts";
import { type Ending, readProcesses } from "./pool-records.ts";
import type { Demand, Room } from "./pool-resources.ts";
import { runArguments } from "./worker-process.ts";

/** One requested worker, as this process knows it. */
export interface Slot {
  readonly jobId: string;
  readonly worker: number;
  readonly demand: Demand;
  state: PoolWorker["state"];
  /** True for our own child, whose exit event we get. An adopted worker is polled. */
  isChild: boolean;
  identity: ProcessIdentity | undefined;
  gpuNames: readonly string[];
  ending: Ending;
}

export function pendingSlot(jobId: string, worker: number, demand: Demand): Slot {
  const state = "pending";
  return { jobId, worker, demand, state, isChild: false, identity: undefined, gpuNames: [], ending: {} };
}

/** Workers that an earlier run of the service started, from the job's file. */
export function recordedSlots(files: StateFiles, jobId: string, demand: Demand): Map<number, Slot> {
  const slots = new Map<number, Slot>();
  for (const { worker, state, identity, gpuNames, ending } of readProcesses(files, jobId)) {
    const wasStarting = state === "starting";
    const found = wasStarting ? findByArguments(runArguments(files.home, jobId, worker)) : identity;
    const isRunning = state !== "exited" && found !== undefined;
    slots.set(worker, {
      ...pendingSlot(jobId, worker, demand),
      state: isRunning ? "running" : "exited",
      identity: found,
      gpuNames,
      ending: wasStarting && !isRunning ? { reason: "it was never started" } : ending,
    });
  }
  return slots;
}

/**
 * Starts waiting workers in order, as far as there is room.
 * @returns those that keep waiting; `isPutOff`: at least one could not be started although there was room
 */
export function startInOrder(
  slots: readonly Slot[],
  { room, spawn }: { readonly room: Room; readonly spawn: (slot: Slot, gpuNames: readonly string[]) => void },
): { readonly waiting: Slot[]; readonly isPutOff: boolean } {
  let isPutOff = false;
  const waiting = slots.filter((slot) => {
    const taken = room.take(slot.demand);
    if ("reason" in taken) {
      slot.ending = taken;
      return true;
    }
    spawn(slot, taken.gpuNames);
    // Free its room for the others now: there may be no later exit event that would start them.
    if (slot.state === "exited") room.giveBack(slot.demand, taken.gpuNames);
    if (slot.state === "pending") isPutOff = true;
    return slot.state === "pending";
  });
  return { waiting, isPutOff };
}
