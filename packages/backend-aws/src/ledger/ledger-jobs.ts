import { randomUUID } from "node:crypto";
import {
  apiIsGone,
  type BatchLedger,
  beganNothing,
  type CreateJobOptions,
  type Idempotency,
  isTerminal,
  type Job,
  type JobLedger,
  type JobOutput,
  type JobSpec,
  type JobStatus,
  MillraceError,
  type StatusReason,
  transition,
} from "@millrace/core";
import { closeWorkers } from "./close-workers.ts";
import { deleteJobItems } from "./delete-job.ts";
import { type Care, listCared, listJobs } from "./job-index.ts";
import type { JobRecords } from "./job-record.ts";
import { apiKey, idempotencyKey, metaKey, shardCount } from "./keys.ts";
import type { TransactItem } from "./table.ts";

/** Statuses that a job gets only when every item has its row: no further commit can arrive. */
const EVERYTHING_DONE: ReadonlySet<JobStatus> = new Set(["succeeded", "completed_with_failures"]);
/** Longer reasons, such as those with a traceback, are truncated. */
const REASON_CHARACTERS = 16_000;

/** Jobs: one `META` item each, changed only by conditional writes. */
export function dynamoJobLedger(
  records: JobRecords,
  { now, batches }: { readonly now: () => number; readonly batches: BatchLedger },
): JobLedger {
  const { table } = records;
  /**
   * Changes the job's item under a condition; returns false when it does not hold. @throws {MillraceError}
   * job_not_found
   */
  const change = async (
    jobId: string,
    update: {
      readonly set: string;
      readonly values: Record<string, unknown>;
      readonly names?: Record<string, string>;
      readonly condition?: string;
    },
  ): Promise<boolean> => {
    const changed = await table.update(metaKey(jobId), {
      UpdateExpression: update.set,
      ConditionExpression: `attribute_exists(pk)${update.condition ? ` AND (${update.condition})` : ""}`,
      ExpressionAttributeValues: update.values,
      ...(update.names && { ExpressionAttributeNames: update.names }),
    });
    if (!changed) await records.meta(jobId);
    return changed;
  };
  return {
    create: (spec, options = {}) => createJob(records, spec, { ...options, batches }),
    findIdempotent: async (idempotency) => (await findIdempotent(records, idempotency, batches)).job,
    get: async (jobId) => records.job(await records.meta(jobId)),
    status: async (jobId) => {
      const meta = await table.get(metaKey(jobId), { stale: true });
      // An eventually consistent read may not yet see a job that was just created.
      return (meta ?? (await records.meta(jobId))).status as JobStatus;
    },
    list: (query) => listJobs(records, query),
    active: () => listCared(table, "ACTIVE"),
    unsettled: () => listCared(table, "ENDED"),
    settle: async (jobId) => {
      await change(jobId, {
        set: "REMOVE active",
        condition: "active = :ended",
        values: { ":ended": "ENDED" satisfies Care },
      });
    },
    transition: (jobId, to, options) => moveJob(records, jobId, { to, ...options }),
    setTotals: async (jobId, { items, batches }) => {
      await change(jobId, {
        set: "SET total_items = :items, total_batches = :batches",
        values: { ":items": items, ":batches": batches },
      });
    },
    setOutput: async (jobId, output) => {
      await change(jobId, {
        set: "SET #output = :output",
        names: { "#output": "output" },
        values: { ":output": JSON.stringify(output) },
      });
    },
    acquireCompletion: async (jobId, { owner, seconds }) => {
      // A rejected write costs as much as an accepted one, and a thousand workers may try.
      const meta = await table.get(metaKey(jobId), { stale: true });
      const holder = meta?.completion_owner;
      const isHeld = holder !== undefined && holder !== owner;
      const nowMs = now();
      // No lease lasts this long: it was taken before the clock was set back.
      const farMs = nowMs + 2 * seconds * 1_000;
      const expiresAtMs = meta?.completion_expires_at as number;
      if (isHeld && expiresAtMs > nowMs && expiresAtMs <= farMs) return false;
      return change(jobId, {
        set: "SET completion_owner = :owner, completion_expires_at = :until",
        condition:
          "attribute_not_exists(completion_owner) OR completion_owner = :owner OR completion_expires_at <= :now OR completion_expires_at > :far",
        values: { ":owner": owner, ":until": nowMs + seconds * 1_000, ":now": nowMs, ":far": farMs },
      });
    },
    releaseCompletion: async (jobId, owner) => {
      await change(jobId, {
        set: "REMOVE completion_owner",
        condition: "completion_owner = :owner",
        values: { ":owner": owner },
      });
    },
    delete: async (jobId) => {
      const meta = await records.meta(jobId);
      const facts = await records.facts(jobId);
      await deleteJobItems(table, facts, meta.idempotency_key as string | undefined);
      records.forget(jobId);
    },
  };
}

async function createJob(
  records: JobRecords,
  spec: JobSpec,
  options: CreateJobOptions & { readonly batches: BatchLedger },
): Promise<{ readonly job: Job; readonly created: boolean }> {
  const { table } = records;
  const { idempotency, ofDeployedApi, batches } = options;
  const found = idempotency && (await findIdempotent(records, idempotency, batches));
  if (found?.job) return { job: found.job, created: false };
  const meta = {
    ...metaKey(spec.jobId),
    kind: "JOB",
    job_id: spec.jobId,
    api_name: spec.apiName,
    active: "ACTIVE",
    status: "enqueuing",
    labels: spec.labels,
    shards: shardCount(spec.workers),
    ...(await records.specAttributes(spec)),
    ...(idempotency && { idempotency_key: idempotency.key }),
  };
  const isNew = "attribute_not_exists(pk)";
  const writes: TransactItem[] = [{ Put: { TableName: table.name, Item: meta, ConditionExpression: isNew } }];
  if (idempotency) {
    const { key, fingerprint } = idempotency;
    const item = { ...idempotencyKey(key), fingerprint, job_id: spec.jobId };
    const isFree = found?.freed
      ? {
          ConditionExpression: `${isNew} OR job_id = :freed`,
          ExpressionAttributeValues: { ":freed": found.freed },
        }
      : { ConditionExpression: isNew };
    writes.push({ Put: { TableName: table.name, Item: item, ...isFree } });
  }
  const deployed = { TableName: table.name, Key: apiKey(spec.apiName) };
  if (ofDeployedApi) {
    writes.push({ ConditionCheck: { ...deployed, ConditionExpression: "attribute_exists(pk)" } });
  }
  const refusals = await table.transact(writes);
  const job: Job = { spec, status: "enqueuing" };
  if (!refusals) return { job, created: true };
  // Rejected: another request used the key first, or this same write succeeded and its answer was lost.
  const winner = idempotency && (await findIdempotent(records, idempotency, batches)).job;
  if (winner) return { job: winner, created: winner.spec.jobId === spec.jobId };
  if (ofDeployedApi && !(await table.get(apiKey(spec.apiName)))) throw apiIsGone(spec.apiName);
  const existing = await records.job(await records.meta(spec.jobId));
  if (JSON.stringify(existing.spec) === JSON.stringify(spec)) return { job: existing, created: true };
  throw new MillraceError("conflict", `Cannot create job "${spec.jobId}": it exists, expected a new id`, {
    details: { job_id: spec.jobId },
  });
}

async function findIdempotent(
  records: JobRecords,
  { key, fingerprint }: Idempotency,
  batches: BatchLedger,
): Promise<{ readonly job?: Job; readonly freed?: string }> {
  const item = await records.table.get(idempotencyKey(key));
  if (!item) return {};
  const job = await records.job(await records.meta(item.job_id as string));
  if (await beganNothing(batches, job)) return { freed: job.spec.jobId };
  if (item.fingerprint !== fingerprint) {
    throw new MillraceError(
      "idempotency_conflict",
      `Cannot submit with idempotency key "${key}": job "${item.job_id}" was created with it by a different request; use a new key`,
      { details: { key, job_id: item.job_id } },
    );
  }
  return { job };
}

interface Move {
  readonly to: JobStatus;
  readonly atMs: number;
  readonly reason?: StatusReason;
  readonly output?: JobOutput;
}

async function moveJob(records: JobRecords, jobId: string, move: Move): Promise<boolean> {
  // Identifies this transition, to distinguish an SDK retry after a lost answer from another process's transition.
  const token = randomUUID();
  for (;;) {
    const meta = await records.meta(jobId);
    const from = meta.status as JobStatus;
    const isDone = meta.move_token === token;
    if (!isDone) {
      if (from === move.to || isTerminal(from)) return false;
      transition(from, move.to);
      if (!(await writeMove(records, jobId, { ...move, from, token }))) continue;
    }
    if (isTerminal(move.to) && !EVERYTHING_DONE.has(move.to)) {
      await closeWorkers(records.table, jobId, (await records.facts(jobId)).spec.workers);
    }
    return true;
  }
}

function writeMove(
  { table }: JobRecords,
  jobId: string,
  { to, atMs, reason, output, from, token }: Move & { readonly from: JobStatus; readonly token: string },
): Promise<boolean> {
  const sets = ["#status = :to", "move_token = :token"];
  const removes: string[] = [];
  if (reason) sets.push("reason = :reason");
  else removes.push("reason");
  if (output) sets.push("#output = :output");
  if (to === "running") sets.push("started_at = :at");
  if (isTerminal(to)) {
    sets.push("ended_at = :at", "active = :ended");
  }
  const timed = to === "running" || isTerminal(to);
  return table.update(metaKey(jobId), {
    UpdateExpression: `SET ${sets.join(", ")}${removes.length > 0 ? ` REMOVE ${removes.join(", ")}` : ""}`,
    ConditionExpression: "#status = :from",
    ExpressionAttributeNames: { "#status": "status", ...(output && { "#output": "output" }) },
    ExpressionAttributeValues: {
      ":to": to,
      ":from": from,
      ":token": token,
      ...(timed && { ":at": atMs }),
      ...(isTerminal(to) && { ":ended": "ENDED" satisfies Care }),
      ...(reason && { ":reason": JSON.stringify(cut(reason)) }),
      ...(output && { ":output": JSON.stringify(output) }),
    },
  });
}

function cut(reason: StatusReason): StatusReason {
  if (reason.message.length <= REASON_CHARACTERS) return reason;
  return { ...reason, message: `${reason.message.slice(0, REASON_CHARACTERS)} …` };
}
