import { nameOf } from "./arns.ts";
import { JOB_STATUSES, type Job, type JobStatus } from "./job.ts";
import type { JobBoard } from "./job-board.ts";
import { arrayDetail } from "./job-detail.ts";
import { type Placed, readPage } from "./pages.ts";
import type { Queues } from "./queues.ts";
import { clientException } from "./service-error.ts";
import { type Members, membersList, optionalText, present, requiredText, textList } from "./wire.ts";

export interface ListContext {
  readonly board: JobBoard;
  readonly queues: Queues;
  readonly emptyPages: boolean;
}

type Test = (job: Job) => boolean;

const MOST_BY_STATUS = 1_000;
const MOST_BY_FILTER = 100;

/** ListJobs: for a queue, its jobs without children, newest first; for an array, its children by index. */
export function listJobs(request: Members, { board, queues, emptyPages }: ListContext): Members {
  const queueName = optionalText(request, "jobQueue");
  const arrayJobId = optionalText(request, "arrayJobId");
  if ((queueName === undefined) === (arrayJobId === undefined)) {
    throw clientException("Exactly one of jobQueue, arrayJobId and multiNodeJobId must be specified");
  }
  const status = readStatus(request);
  const filter = readFilter(request);
  const ofStatus: Test = (job) => job.status === status;
  let placed: readonly Placed<Job>[];
  if (arrayJobId !== undefined) {
    // Filters do not apply to children: they are ignored, and the status applies again.
    const children = board.get(arrayJobId)?.array?.children ?? [];
    placed = children.filter(ofStatus).map((item) => ({ item, position: item.sequence }));
  } else {
    const { name } = queues.resolve(queueName as string);
    const wanted =
      filter === undefined ? ofStatus : filterTest(filter, request.jobStatus ? ofStatus : () => true);
    placed = [...board.all()]
      .filter((job) => job.parent === undefined && job.submission.queue.name === name && wanted(job))
      .map((item) => ({ item, position: -item.sequence }))
      .sort((one, other) => one.position - other.position);
  }
  const { items, nextToken } = readPage(
    placed.filter(({ item }) => !item.isForgotten),
    { request, most: filter === undefined ? MOST_BY_STATUS : MOST_BY_FILTER, emptyPages },
  );
  return present({ jobSummaryList: items.map(summary), nextToken });
}

/** Without a status, only RUNNING jobs are listed, so never a parent. */
function readStatus(request: Members): JobStatus {
  const status = optionalText(request, "jobStatus") ?? "RUNNING";
  const known = JOB_STATUSES.find((candidate) => candidate === status);
  if (known === undefined) throw clientException(`jobStatus ${status} is unknown`);
  return known;
}

function readFilter(
  request: Members,
): { readonly name: string; readonly values: readonly string[] } | undefined {
  const filters = membersList(request, "filters") ?? [];
  if (filters.length > 1) throw clientException("Only one filter can be used at a time");
  const [filter] = filters;
  if (filter === undefined) return undefined;
  const values = textList(filter, "values") ?? [];
  if (values.length === 0) throw clientException("filters.values must not be empty");
  return { name: requiredText(filter, "name"), values };
}

/** Any filter but SHARE_IDENTIFIER makes jobStatus ineffective. */
function filterTest(
  { name, values }: { readonly name: string; readonly values: readonly string[] },
  ofStatus: Test,
): Test {
  const anyOf = (test: (job: Job, value: string) => boolean) => (job: Job) =>
    values.some((value) => test(job, value));
  switch (name) {
    case "JOB_NAME":
      return anyOf(({ submission }, value) => glob(value.toLowerCase(), submission.jobName.toLowerCase()));
    case "JOB_DEFINITION":
      return anyOf(({ submission }, value) =>
        value.startsWith("arn:") && /:[0-9]+$/.test(nameOf(value))
          ? submission.definitionArn === value
          : glob(nameOf(value), submission.definitionName),
      );
    case "BEFORE_CREATED_AT":
      return anyOf((job, value) => job.createdAtMs < Number(value));
    case "AFTER_CREATED_AT":
      return anyOf((job, value) => job.createdAtMs > Number(value));
    case "SHARE_IDENTIFIER": {
      const ofShare = anyOf(({ submission }, value) => submission.shareIdentifier === value);
      return (job) => ofShare(job) && ofStatus(job);
    }
    default:
      throw clientException(`Filter ${name} is unknown`);
  }
}

function glob(pattern: string, value: string): boolean {
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

function summary(job: Job): Members {
  const last = job.run?.record ?? job.attempts.at(-1);
  return present({
    jobArn: job.arn,
    jobId: job.id,
    jobName: job.submission.jobName,
    createdAt: job.createdAtMs,
    shareIdentifier: job.submission.shareIdentifier,
    status: job.status,
    statusReason: job.statusReason,
    startedAt: job.startedAtMs,
    stoppedAt: job.stoppedAtMs,
    container: last === undefined ? undefined : present({ exitCode: last.exitCode, reason: last.reason }),
    arrayProperties: arrayDetail(job),
    jobDefinition: job.submission.definitionArn,
    isCancelled: job.isCancelled || undefined,
    isTerminated: job.isTerminated || undefined,
  });
}
