import type { HomeProcess } from "./processes.ts";

/** What a fault may need from its target; without it, the fault is left out of the schedule. */
export type Need = "orders" | "service" | "settings" | "disk" | "jobFile" | "aws";

/** Settings for the preload of a process; see `preload/main.ts`. */
export interface ProcessSettings {
  /** Added to the clock, milliseconds. */
  readonly clockOffsetMs: number;
  /** Delay added to each commit and each opening of a file, milliseconds. */
  readonly diskDelayMs: number;
}

/** The target's service, which can be killed; its supervisor starts it again. */
export interface TargetService {
  /** Kills it with SIGKILL and waits until it has started again. */
  restart(): Promise<void>;
}

/** A disk that holds all state of the target. */
export interface TargetDisk {
  /** Fills it to the last block. */
  fill(): Promise<void>;
  free(): Promise<void>;
}

/** Failures that happen in a cloud. */
export interface TargetAws {
  /** Makes the next `times` matching requests fail in this way. */
  inject(what: {
    readonly service: "sqs" | "dynamodb" | "s3";
    readonly kind: string;
    readonly operation?: string;
    readonly times: number;
  }): void;
  /** Sets the share of requests that are answered late. */
  setDelays(share: number): void;
  /** Sends a message that is not a batch to the job's queue. */
  sendGarbage(text: string): Promise<void>;
  /** Reclaims a machine, with a warning. @returns which one, or undefined when none is working */
  reclaim(draw: number): string | undefined;
}

/** The job to inject faults into, and the available means. */
export interface Target {
  readonly jobId: string;
  /** The job's running workers and predictors, and the service. */
  processes(): readonly HomeProcess[];
  /** Slows the job down while it is on. */
  readonly brake?: (isOn: boolean) => Promise<void>;
  readonly service?: TargetService;
  /** Changes the preload's settings in all processes. */
  readonly settings?: (change: Partial<ProcessSettings>) => Promise<void>;
  /** A directory: the predictor executes each order that it finds there, once. */
  readonly orders?: string;
  readonly disk?: TargetDisk;
  /** The job's SQLite file. */
  readonly jobFile?: string;
  readonly aws?: TargetAws;
}

export function hasNeeds(target: Target, needs: readonly Need[]): boolean {
  return needs.every((need) => target[need] !== undefined);
}
