import { randomBytes } from "node:crypto";

const TIME_CHARACTERS = 9;

/**
 * The log streams of each job. Names are never guessed: a process that writes registers its own stream, and readers
 * ask here.
 */
export interface LogStreamRegistry {
  /** Adding one again changes nothing. */
  add(jobId: string, worker: number | null, stream: string): Promise<void>;
  /** In any order. */
  list(jobId: string): Promise<readonly { readonly worker: number | null; readonly stream: string }[]>;
  /** Forgets the job's streams. */
  remove(jobId: string): Promise<void>;
}

/** A new name `<jobId>/<worker-00012|service>/<time><random>`; names of one worker sort by the time they were made. */
export function newStreamName(jobId: string, worker: number | null): string {
  const writer = worker === null ? "service" : `worker-${String(worker).padStart(5, "0")}`;
  const time = Date.now().toString(36).padStart(TIME_CHARACTERS, "0");
  return `${jobId}/${writer}/${time}${randomBytes(8).toString("hex")}`;
}

/** When the stream's name was made, by its writer's clock. */
export function streamTimeMs(stream: string): number {
  const start = stream.lastIndexOf("/") + 1;
  return Number.parseInt(stream.slice(start, start + TIME_CHARACTERS), 36);
}

export function isSafeJobId(jobId: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(jobId);
}
