import { type BatchClient, DescribeJobsCommand, type JobDetail } from "@aws-sdk/client-batch";
import type { Logger } from "@millrace/core";
import { translated } from "../aws/aws-errors.ts";

/** Maximum ids per call. */
const IDS_PER_CALL = 100;
const LONGEST_BACK_OFF_MS = 30_000;
/** A job that AWS Batch does not know in this many consecutive polls was forgotten, or will never appear. */
const MISSES = 30;

/** A watched Batch job, with one child per worker; for a single worker, it is a job without children. */
interface Watched {
  readonly size: number;
  readonly children: Map<string, JobDetail>;
  /** How many times in a row each id was missing. */
  readonly misses: Map<string, number>;
}

export interface PollerOptions {
  readonly batch: Pick<BatchClient, "send">;
  readonly logger: Logger;
  /** Minimum time between two calls. */
  readonly everyMs: number;
  /** Called when a watched job has changed. */
  readonly onChange: (parentId: string, children: readonly JobDetail[]) => void;
}

/**
 * The only poller of a process. It asks AWS Batch about all watched jobs, with one call of at most 100 ids at a time,
 * at a limited rate, and less often after throttling. Jobs named by an event come first; the others take turns, which
 * makes up for lost events.
 */
export class BatchPoller {
  readonly #options: PollerOptions;
  readonly #watched = new Map<string, Watched>();
  /** Ids to ask about, in order. */
  #line: string[] = [];
  readonly #urgent = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #backOffMs = 0;
  #asking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Starts watching a job with `size` workers. */
  watch(parentId: string, size: number): void {
    if (this.#closed || this.#watched.has(parentId)) return;
    this.#watched.set(parentId, { size, children: new Map(), misses: new Map() });
    for (const id of childIds(parentId, size)) this.#urgent.add(id);
    this.#schedule();
  }

  forget(parentId: string): void {
    this.#watched.delete(parentId);
  }

  /** The last known state of a child, by its array index. */
  child(parentId: string, index: number): JobDetail | undefined {
    const watched = this.#watched.get(parentId);
    return watched?.children.get(childId(parentId, index, watched.size));
  }

  /** An event said that this job or child has changed: ask about it next. */
  hint(id: string): void {
    const [parentId = ""] = id.split(":");
    if (!this.#watched.has(parentId)) return;
    this.#urgent.add(id);
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#asking;
  }

  #schedule(): void {
    if (this.#closed || this.#timer || this.#watched.size === 0) return;
    const waitMs = this.#options.everyMs + this.#backOffMs * (0.5 + Math.random());
    this.#timer = setTimeout(() => {
      this.#asking = this.#ask().finally(() => {
        this.#timer = undefined;
        this.#schedule();
      });
    }, waitMs);
    this.#timer.unref();
  }

  async #ask(): Promise<void> {
    const { batch, logger } = this.#options;
    const ids = this.#nextIds();
    if (ids.length === 0) return;
    try {
      const { jobs = [] } = await translated("describe jobs of AWS Batch", () =>
        batch.send(new DescribeJobsCommand({ jobs: [...ids] })),
      );
      this.#backOffMs = 0;
      this.#learn(ids, jobs);
    } catch (error) {
      for (const id of ids) this.#urgent.add(id);
      this.#backOffMs = Math.min(LONGEST_BACK_OFF_MS, Math.max(1_000, this.#backOffMs * 2));
      logger.warn("cannot describe jobs of AWS Batch", { error, back_off_ms: this.#backOffMs });
    }
  }

  #nextIds(): readonly string[] {
    const ids = new Set<string>();
    const take = (id: string) => {
      if (this.#isOpen(id)) ids.add(id);
    };
    for (const id of this.#urgent) {
      if (ids.size >= IDS_PER_CALL) break;
      this.#urgent.delete(id);
      take(id);
    }
    if (this.#line.length === 0) this.#line = this.#everyOpenId();
    while (ids.size < IDS_PER_CALL && this.#line.length > 0) take(this.#line.shift() as string);
    return [...ids];
  }

  #everyOpenId(): string[] {
    return [...this.#watched].flatMap(([parentId, { size }]) =>
      childIds(parentId, size).filter((id) => this.#isOpen(id)),
    );
  }

  /** False once its end is known, as nothing changes after that. */
  #isOpen(id: string): boolean {
    const watched = this.#watched.get(id.split(":")[0] as string);
    if (!watched) return false;
    // An event for a parent is ignored, because its children have events of their own.
    if (watched.size > 1 && !id.includes(":")) return false;
    return !isFinal(watched.children.get(id));
  }

  #learn(asked: readonly string[], jobs: readonly JobDetail[]): void {
    const found = new Map(jobs.map((job) => [job.jobId as string, job]));
    const changed = new Map<string, JobDetail[]>();
    for (const id of asked) {
      const parentId = id.split(":")[0] as string;
      const watched = this.#watched.get(parentId);
      if (!watched) continue;
      const job = found.get(id) ?? forgotten(id, watched);
      if (found.has(id)) watched.misses.delete(id);
      if (!job) continue;
      watched.children.set(id, job);
      changed.set(parentId, [...(changed.get(parentId) ?? []), job]);
    }
    for (const [parentId, children] of changed) this.#options.onChange(parentId, children);
  }
}

export function isFinal(job: JobDetail | undefined): boolean {
  return job?.status === "SUCCEEDED" || job?.status === "FAILED";
}

/** Handles a job that AWS Batch does not know: it forgets jobs after about seven days, and may briefly miss one. */
function forgotten(id: string, { children, misses }: Watched): JobDetail | undefined {
  const before = children.get(id);
  const missed = (misses.get(id) ?? 0) + 1;
  misses.set(id, missed);
  if (missed < MISSES) return undefined;
  const index = Number(id.split(":")[1] ?? 0);
  return {
    ...(before ?? { jobName: "", jobQueue: "", jobDefinition: "", startedAt: 0, arrayProperties: { index } }),
    jobId: id,
    status: "FAILED",
    statusReason: "AWS Batch no longer knows the job",
  };
}

function childIds(parentId: string, size: number): string[] {
  return Array.from({ length: size }, (_, index) => childId(parentId, index, size));
}

function childId(parentId: string, index: number, size: number): string {
  return size > 1 ? `${parentId}:${index}` : parentId;
}
