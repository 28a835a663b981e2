import type { Fault } from "../fault.ts";
import {
  cutObjects,
  duplicateCommit,
  duplicateDelivery,
  garbageMessage,
  lostRequests,
  reclaimMachine,
  slowServices,
  throttling,
} from "./aws.ts";
import { clockBack, clockForward } from "./clock.ts";
import { diskFull, slowDisk } from "./disk.ts";
import { expireLeases } from "./expire-leases.ts";
import { killPredictor, killService, killWorker } from "./kill.ts";
import { predictorExhaustsMemory, predictorExits, predictorHangs } from "./orders.ts";
import { stopPredictor, stopService, stopWorker, stopWorkerPastLease } from "./stop.ts";

/** Every fault, by its name in schedules and reports. Changing their order changes what a seed produces. */
export const FAULTS = {
  "kill-worker": killWorker,
  "kill-predictor": killPredictor,
  "kill-service": killService,
  "stop-worker": stopWorker,
  "stop-predictor": stopPredictor,
  "stop-service": stopService,
  "stop-worker-past-lease": stopWorkerPastLease,
  "predictor-hangs": predictorHangs,
  "predictor-exits": predictorExits,
  "predictor-exhausts-memory": predictorExhaustsMemory,
  "clock-forward": clockForward,
  "clock-back": clockBack,
  "expire-leases": expireLeases,
  "disk-full": diskFull,
  "slow-disk": slowDisk,
  "duplicate-delivery": duplicateDelivery,
  "duplicate-commit": duplicateCommit,
  "lost-requests": lostRequests,
  throttling,
  "failing-objects": cutObjects,
  "slow-services": slowServices,
  "garbage-message": garbageMessage,
  "reclaim-machine": reclaimMachine,
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

/** The faults for the CLI's `--chaos`: only those that are harmless on a user's machine. */
export const SAFE_KINDS: readonly FaultKind[] = [
  "kill-worker",
  "kill-predictor",
  "stop-worker",
  "stop-predictor",
];
