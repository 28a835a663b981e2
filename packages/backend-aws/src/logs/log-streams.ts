import { randomBytes } from "node:crypto";

const TIME_CHARACTERS = 9;

/**
 * The log streams of each job. Names are never guessed: a writing process registers its stream, and readers look it up
 * here.
 */
export interface LogStreamRegistry {
  /** Idempotent. */
  add(jobId: string, worker: number | null, stream: string): Promise<void>;
  /** In any order. */
  list(jobId: string): Promise<readonly { readonly worker: number | null; readonly stream: string }[]>;
  /** Removes the job's streams from the registry. */
  remove(jobId: string): Promise<void>;
}

/** A new name `<jobId>/<worker-00012|service>/<time><random>`; names of one worker sort by creation time. */
export function newStreamName(jobId: string, worker: number | null): string {
  const writer = worker === null ? "service" : `worker-${String(worker).padStart(5, "0")}`;
  const time = Date.now().toString(36).padStart(TIME_CHARACTERS, "0");
  return `${jobId}/${writer}/${time}${randomBytes(8).toString("hex")}`;
}

/** When the stream's name was made, according to its writer's clock. */
export function streamTimeMs(stream: string): number {
  const start = stream.lastIndexOf("/") + 1;
  return Number.parseInt(stream.slice(start, start + TIME_CHARACTERS), 36);
}

export function isSafeJobId(jobId: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(jobId);
}
