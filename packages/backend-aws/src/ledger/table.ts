import { setTimeout as delay } from "node:timers/promises";
import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { MillraceError } from "@millrace/core";
import { awsErrorName, translateAwsError } from "../aws/aws-errors.ts";
import type { Key } from "./keys.ts";

/** An item as stored: its key and its other attributes. */
export type Item = Readonly<Record<string, unknown>> & Key;

export type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** Why one operation of a transaction was rejected. */
export interface Refusal {
  /** `None`, `ConditionalCheckFailed`, … */
  readonly code: string;
  /** The item that failed the condition, if `ReturnValuesOnConditionCheckFailure` requested it. */
  readonly item?: Item;
}

const CONFLICT_TRIES = 12;
const CONFLICT_BASE_MS = 10;
const CONFLICT_MAX_MS = 500;
const UNPROCESSED_TRIES = 10;

/** Temporary reasons for rejecting a transaction: conflicting transactions, throttled partitions. */
const PASSING = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
  "ThrottlingException",
]);

/** The ledger's table: the few operations that it needs, with errors translated to MillraceErrors. */
export class LedgerTable {
  readonly name: string;
  readonly #client: Pick<DynamoDBDocumentClient, "send">;

  constructor(client: Pick<DynamoDBDocumentClient, "send">, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** One item, or undefined; strongly consistent unless `stale` is set, which halves the cost. */
  async get(key: Key, options: { readonly stale?: boolean } = {}): Promise<Item | undefined> {
    const input = { TableName: this.name, Key: key, ConsistentRead: !options.stale };
    const { Item } = await this.#call("read", () => this.#client.send(new GetCommand(input)));
    return Item as Item | undefined;
  }

  /** The items that exist, in no particular order; at most 100 keys. */
  async getMany(keys: readonly Key[]): Promise<readonly Item[]> {
    const found: Item[] = [];
    let left: readonly Record<string, unknown>[] = keys.map((key) => ({ ...key }));
    for (let attempt = 1; left.length > 0; attempt++) {
      const input = { RequestItems: { [this.name]: { Keys: [...left], ConsistentRead: true } } };
      const result = await this.#call("read", () => this.#client.send(new BatchGetCommand(input)));
      found.push(...((result.Responses?.[this.name] ?? []) as Item[]));
      left = result.UnprocessedKeys?.[this.name]?.Keys ?? [];
      if (left.length > 0) await this.#backOff("read", attempt);
    }
    return found;
  }

  /** Writes an item; returns false when its condition does not hold. */
  async put(item: Item, condition: Omit<PutCommandInput, "TableName" | "Item"> = {}): Promise<boolean> {
    return this.#conditional(() =>
      this.#client.send(new PutCommand({ TableName: this.name, Item: { ...item }, ...condition })),
    );
  }

  /** Changes an item; returns false when its condition does not hold. */
  async update(key: Key, change: Omit<UpdateCommandInput, "TableName" | "Key">): Promise<boolean> {
    return this.#conditional(() =>
      this.#client.send(new UpdateCommand({ TableName: this.name, Key: key, ...change })),
    );
  }

  /** Items of a query, page by page; with `ahead`, the next page is fetched while the current one is used. */
  async *query(
    query: Omit<QueryCommandInput, "TableName">,
    { ahead = false }: { readonly ahead?: boolean } = {},
  ): AsyncGenerator<Item> {
    const read = (start?: Record<string, unknown>) => {
      const input = { TableName: this.name, ...query, ...(start && { ExclusiveStartKey: start }) };
      const page = this.#call("read", () => this.#client.send(new QueryCommand(input)));
      // It is awaited later; until then, a failure must not count as unhandled.
      page.catch(() => {});
      return page;
    };
    for (let page = await read(); ; ) {
      const { Items = [], LastEvaluatedKey: last } = page;
      const next = last && ahead ? read(last) : undefined;
      yield* Items as Item[];
      if (!last) return;
      page = await (next ?? read(last));
    }
  }

  /** Items of a partition whose sort key begins with `prefix`, in order, strongly consistent. */
  partition(pk: string, prefix = ""): AsyncGenerator<Item> {
    const values = { ":pk": pk, ...(prefix !== "" && { ":prefix": prefix }) };
    return this.query({
      KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :prefix)",
      ExpressionAttributeValues: values,
      ConsistentRead: true,
    });
  }

  /**
   * Executes all operations or none. Retries after temporary rejections.
   *
   * @returns undefined when done, otherwise why each operation was rejected
   */
  async transact(items: readonly TransactItem[]): Promise<readonly Refusal[] | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(new TransactWriteCommand({ TransactItems: [...items] }));
        return undefined;
      } catch (error) {
        const refusals = refusalsOf(error);
        if (!refusals) throw translateAwsError(error, `write to table "${this.name}"`);
        if (refusals.some(({ code }) => code === "ConditionalCheckFailed")) return refusals;
        if (!refusals.some(({ code }) => PASSING.has(code)) || attempt >= CONFLICT_TRIES)
          throw refused(this.name, refusals, error);
        await backOff(attempt);
      }
    }
  }

  /** Writes items, or deletes those given by key only, without conditions; any number. */
  async writeMany(writes: readonly ({ readonly put: Item } | { readonly delete: Key })[]): Promise<void> {
    for (let from = 0; from < writes.length; from += 25) {
      let left: Record<string, unknown>[] = writes
        .slice(from, from + 25)
        .map((write) =>
          "put" in write
            ? { PutRequest: { Item: { ...write.put } } }
            : { DeleteRequest: { Key: { pk: write.delete.pk, sk: write.delete.sk } } },
        );
      for (let attempt = 1; left.length > 0; attempt++) {
        const input = { RequestItems: { [this.name]: left as never } };
        const result = await this.#call("write to", () => this.#client.send(new BatchWriteCommand(input)));
        left = (result.UnprocessedItems?.[this.name] ?? []) as Record<string, unknown>[];
        if (left.length > 0) await this.#backOff("write to", attempt);
      }
    }
  }

  async #conditional(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#call("write to", work);
      return true;
    } catch (error) {
      const cause = error instanceof MillraceError ? error.cause : error;
      if (awsErrorName(cause) === "ConditionalCheckFailedException") return false;
      throw error;
    }
  }

  /** A plain write sometimes conflicts with a transaction on the same item, which is temporary. */
  async #call<T>(verb: string, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const conflict = awsErrorName(error) === "TransactionConflictException";
        if (!conflict || attempt >= CONFLICT_TRIES)
          throw translateAwsError(error, `${verb} table "${this.name}"`);
        await backOff(attempt);
      }
    }
  }

  async #backOff(verb: string, attempt: number): Promise<void> {
    if (attempt >= UNPROCESSED_TRIES) {
      throw new MillraceError(
        "unavailable",
        `Cannot ${verb} table "${this.name}": it accepts no more requests for now; try again`,
      );
    }
    await backOff(attempt);
  }
}

/** Waits longer each time, with full jitter: workers that collided must not collide again. */
async function backOff(attempt: number): Promise<void> {
  await delay(Math.random() * Math.min(CONFLICT_MAX_MS, CONFLICT_BASE_MS * 2 ** attempt));
}

function refusalsOf(error: unknown): readonly Refusal[] | undefined {
  if (awsErrorName(error) !== "TransactionCanceledException") return undefined;
  const reasons = (error as { CancellationReasons?: readonly { Code?: string; Item?: unknown }[] })
    .CancellationReasons;
  return (reasons ?? []).map(({ Code = "None", Item }) => ({
    code: Code,
    // The document client translates what a call returns, but not what it throws.
    ...(Item !== undefined && { item: unmarshall(Item as Parameters<typeof unmarshall>[0]) as Item }),
  }));
}

function refused(table: string, refusals: readonly Refusal[], cause: unknown): MillraceError {
  const codes = [...new Set(refusals.map(({ code }) => code))].filter((code) => code !== "None");
  const passing = codes.every((code) => PASSING.has(code));
  return new MillraceError(
    passing ? "unavailable" : "internal",
    `Cannot write to table "${table}": the transaction was refused (${codes.join(", ")})`,
    { cause },
  );
}
