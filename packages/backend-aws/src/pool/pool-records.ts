import { endingKey, generationKey, poolPartition, versionKey } from "../ledger/keys.ts";
import type { Item, LedgerTable } from "../ledger/table.ts";

/** One submission to AWS Batch: a plain job for one worker, otherwise an array with a child per worker. */
export interface Generation {
  readonly jobId: string;
  /** Counts from 1. */
  readonly generation: number;
  /** By array index. */
  readonly workers: readonly number[];
  readonly jobName: string;
  readonly jobQueue: string;
  readonly submittedAtMs: number;
  /** Missing until AWS Batch has answered. Only processes of this job may work: the fence. */
  readonly batchJobId?: string;
}

/** How a worker's last process ended, stored because AWS Batch forgets jobs after about seven days. */
export interface Ending {
  readonly generation: number;
  readonly exitCode?: number;
  readonly reason?: string;
}

/** The pool's records, for its next run and for workers that check whether they may work. */
export class PoolRecords {
  readonly #table: LedgerTable;

  constructor(table: LedgerTable) {
    this.#table = table;
  }

  /** All submissions of a job, oldest first. */
  async generations(jobId: string): Promise<readonly Generation[]> {
    const items = await Array.fromAsync(this.#table.partition(poolPartition(jobId), "G#"));
    return items.map(toGeneration);
  }

  async endings(jobId: string): Promise<ReadonlyMap<number, Ending>> {
    const items = await Array.fromAsync(this.#table.partition(poolPartition(jobId), "E#"));
    return new Map(items.map((item) => [item.worker as number, toEnding(item)]));
  }

  /**
   * Claims a generation number; false when it is taken. Written before the submission, so that no submission is lost.
   */
  add({ jobId, generation, workers, jobName, jobQueue, submittedAtMs }: Generation): Promise<boolean> {
    const item = {
      ...generationKey(jobId, generation),
      job_id: jobId,
      generation,
      workers: encodeNumbers(workers),
      job_name: jobName,
      job_queue: jobQueue,
      submitted_at: submittedAtMs,
    };
    // `job_id` together with `kind` would add it to an index of jobs, but it has no `kind`.
    return this.#table.put(item, { ConditionExpression: "attribute_not_exists(pk)" });
  }

  /** Sets the fence: of several Batch jobs for this generation, the first to be registered wins. */
  async register(jobId: string, generation: number, batchJobId: string): Promise<boolean> {
    return this.#table.update(generationKey(jobId, generation), {
      UpdateExpression: "SET batch_job_id = :id",
      ConditionExpression:
        "attribute_exists(pk) AND (attribute_not_exists(batch_job_id) OR batch_job_id = :id)",
      ExpressionAttributeValues: { ":id": batchJobId },
    });
  }

  /** Removes a generation that was never submitted. */
  async remove(jobId: string, generation: number): Promise<void> {
    await this.#table.writeMany([{ delete: generationKey(jobId, generation) }]);
  }

  async setEnding(jobId: string, worker: number, { generation, exitCode, reason }: Ending): Promise<void> {
    await this.#table.put({
      ...endingKey(jobId, worker),
      worker,
      generation,
      ...(exitCode !== undefined && { exit_code: exitCode }),
      ...(reason !== undefined && { reason }),
    });
  }

  /** The registered job definition of a version. */
  async jobDefinition(apiName: string, version: string): Promise<string | undefined> {
    return (await this.#table.get(definitionKey(apiName, version)))?.arn as string | undefined;
  }

  async setJobDefinition(apiName: string, version: string, arn: string): Promise<void> {
    await this.#table.put({ ...definitionKey(apiName, version), arn });
  }

  async removeJobDefinition(apiName: string, version: string): Promise<void> {
    await this.#table.writeMany([{ delete: definitionKey(apiName, version) }]);
  }
}

function definitionKey(apiName: string, version: string) {
  const { pk } = versionKey(apiName, version);
  return { pk, sk: `D#${version}` };
}

function toGeneration(item: Item): Generation {
  return {
    jobId: item.job_id as string,
    generation: item.generation as number,
    workers: decodeNumbers(item.workers as string),
    jobName: item.job_name as string,
    jobQueue: item.job_queue as string,
    submittedAtMs: item.submitted_at as number,
    ...(item.batch_job_id !== undefined && { batchJobId: item.batch_job_id as string }),
  };
}

function toEnding(item: Item): Ending {
  return {
    generation: item.generation as number,
    ...(item.exit_code !== undefined && { exitCode: item.exit_code as number }),
    ...(item.reason !== undefined && { reason: item.reason as string }),
  };
}

/** Numbers as ranges, `0-9999,12`: ten thousand workers take a few characters. */
export function encodeNumbers(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && number === last.to + 1) last.to = number;
    else ranges.push({ from: number, to: number });
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

export function decodeNumbers(text: string): readonly number[] {
  return text.split(",").flatMap((range) => {
    const [from = "", to = from] = range.split("-");
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i);
  });
}
