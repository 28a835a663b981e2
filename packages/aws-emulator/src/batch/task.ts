import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Arns } from "./arns.ts";
import type { AttemptSteps } from "./attempt.ts";
import type { Faults } from "./faults.ts";
import type { Job } from "./job.ts";
import type { Settings } from "./options.ts";
import type { Timers } from "./timers.ts";
import { startWorkerProcess } from "./worker-process.ts";

export interface TaskContext {
  readonly settings: Settings;
  readonly timers: Timers;
  readonly faults: Faults;
  readonly arns: Arns;
  /** The process has started. */
  running(): void;
}

export function logPath(logDirectory: string, logStreamName: string): string {
  return join(logDirectory, `${logStreamName}.log`);
}

/** One attempt of a job as an ECS task: its names, its image, its process. */
export function attemptSteps(
  job: Job,
  { settings, timers, faults, arns, running }: TaskContext,
): AttemptSteps {
  const { submission } = job;
  const taskId = randomUUID();
  const cluster = `${submission.queue.computeEnvironment}_Batch`;
  const logStreamName = `${submission.definitionName}/default/${taskId}`;
  const attempt = job.attempts.length + 1;
  return {
    logStreamName,
    record: {
      taskArn: arns.task(cluster, taskId),
      containerInstanceArn: arns.containerInstance(cluster, randomUUID()),
    },
    starting: () => timers.delay(settings.delays.startingMs),
    imagePullFailure: () =>
      faults.take("imagePull")
        ? `CannotPullContainerError: pull image manifest has been retried 5 time(s): ` +
          `failed to resolve ref ${submission.container.others.image}: not found`
        : undefined,
    startProcess: () =>
      startWorkerProcess(withParameters(submission.container.command, submission.parameters), {
        environment: taskEnvironment(job, { attempt, base: settings.baseEnvironment }),
        workingDirectory: settings.workingDirectory,
        logPath: logPath(settings.logDirectory, logStreamName),
      }),
    running,
  };
}

function taskEnvironment(
  job: Job,
  { attempt, base }: { readonly attempt: number; readonly base: Readonly<Record<string, string>> },
): Record<string, string> {
  const { container, queue } = job.submission;
  const environment: Record<string, string> = { ...base };
  for (const { name, value } of container.environment) environment[name] = value;
  environment.AWS_BATCH_JOB_ID = job.id;
  environment.AWS_BATCH_JOB_ATTEMPT = String(attempt);
  environment.AWS_BATCH_JQ_NAME = queue.name;
  environment.AWS_BATCH_CE_NAME = queue.computeEnvironment;
  // For children only: a plain job has no index, and no job gets the array's size.
  if (job.index !== undefined) environment.AWS_BATCH_JOB_ARRAY_INDEX = String(job.index);
  return environment;
}

function withParameters(
  command: readonly string[],
  parameters: Readonly<Record<string, string>>,
): readonly string[] {
  return command.map((word) => (word.startsWith("Ref::") ? (parameters[word.slice(5)] ?? word) : word));
}
