import type { HomeProcess } from "./processes.ts";

/** What a fault may need of its target; a fault whose needs are not there is left out of the schedule. */
export type Need = "orders" | "service" | "settings" | "disk" | "jobFile" | "aws";

/** How the preload of a process behaves; see `preload/main.ts`. */
export interface ProcessSettings {
  /** Added to the clock, milliseconds. */
  readonly clockOffsetMs: number;
  /** What each commit and each opening of a file takes longer, milliseconds. */
  readonly diskDelayMs: number;
}

/** A service of the target that can be killed; whoever watches over it starts it again. */
export interface TargetService {
  /** Kills it with SIGKILL and starts it again, for as long as that takes. */
  restart(): Promise<void>;
}

/** A disk that holds all state of the target. */
export interface TargetDisk {
  /** To the last block. */
  fill(): Promise<void>;
  free(): Promise<void>;
}

/** Misfortunes of a cloud. */
export interface TargetAws {
  /** The next `times` such requests go wrong in this way. */
  inject(what: {
    readonly service: "sqs" | "dynamodb" | "s3";
    readonly kind: string;
    readonly operation?: string;
    readonly times: number;
  }): void;
  /** The share of requests that are answered late, from now on. */
  setDelays(share: number): void;
  /** Puts a message into the job's queue that is no batch. */
  sendGarbage(text: string): Promise<void>;
  /** Takes a machine back, with a warning. @returns which, or undefined when none works */
  reclaim(draw: number): string | undefined;
}

/** The job that is to suffer, and the means there are. */
export interface Target {
  readonly jobId: string;
  /** Workers and predictors of the job, and the service: what runs now. */
  processes(): readonly HomeProcess[];
  /** Slows the job down while it is on. */
  readonly brake?: (isOn: boolean) => Promise<void>;
  readonly service?: TargetService;
  /** Changes what the preload does in all processes. */
  readonly settings?: (change: Partial<ProcessSettings>) => Promise<void>;
  /** A directory: the predictor does what a file in it names, once. */
  readonly orders?: string;
  readonly disk?: TargetDisk;
  /** The job's SQLite file. */
  readonly jobFile?: string;
  readonly aws?: TargetAws;
}

export function hasNeeds(target: Target, needs: readonly Need[]): boolean {
  return needs.every((need) => target[need] !== undefined);
}
