import { z } from "zod";
import { JOB_STATUSES, type JobStatus } from "../job-status.ts";
import { WORKER_STATUSES } from "../worker-status.ts";

/** RFC 3339 in UTC. */
export const TimeSchema = z.iso
  .datetime()
  .meta({ description: "RFC 3339, UTC.", example: "2026-01-31T12:00:00.000Z" });

export const JobIdSchema = z
  .string()
  .meta({ description: "ULID: sorts oldest first.", example: "01KG5WT2D5GJ8QZ2N3V6X9Y7RA" });

export const ApiIdSchema = z.string().meta({
  description: "Version of the API: hash of its files and configuration.",
  example: "3f2c9a1b7d4e8f60",
});

export const LabelsSchema = z
  .record(z.string(), z.string())
  .meta({ description: "The job's labels.", example: { team: "vision" } });

export const JobStatusSchema = z.enum(Object.keys(JOB_STATUSES) as [JobStatus, ...JobStatus[]]).meta({
  id: "JobStatus",
  description: Object.entries(JOB_STATUSES)
    .map(([status, { entry }]) => `\`${status}\`: ${entry}.`)
    .join(" "),
  example: "running",
});

export const WorkerStatusSchema = z.enum(WORKER_STATUSES).meta({
  id: "WorkerStatus",
  description: "`pending`: there is no process yet. `stalled`: its heartbeat is older than a lease.",
  example: "running",
});

export const StatusReasonSchema = z
  .object({
    code: z.string().meta({ description: "Stable.", example: "max_failed_items" }),
    message: z
      .string()
      .meta({ description: "For people.", example: "101 items failed, more than the 100 allowed" }),
  })
  .meta({ id: "StatusReason", description: "Reason for the job's status." });

/** How many workers have each status; statuses with no workers are omitted. */
export const WorkerCountsSchema = z.partialRecord(WorkerStatusSchema, z.int().min(0)).meta({
  description: "Number of workers by status; a status without workers is absent.",
  example: { running: 2 },
});

export const ItemCountsSchema = z
  .object({
    total: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: "null until everything is enqueued.", example: 1797 }),
    succeeded: z.int().min(0).meta({ example: 1500 }),
    failed: z.int().min(0).meta({ example: 1 }),
  })
  .meta({ id: "ItemCounts", description: "Items of the job." });

export const ApiSpecSchema = z.record(z.string(), z.unknown()).meta({
  description: "The API's configuration with defaults filled in, as in the YAML.",
  example: {
    name: "image-classifier",
    kind: "BatchAPI",
    predictor: { type: "python", path: "predictor.py" },
    compute: { cpu: 1, gpu: 0 },
  },
});
