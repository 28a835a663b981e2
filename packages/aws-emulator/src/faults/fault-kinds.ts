import type { Service, Target } from "./service.ts";

/**
 * The faults that a request can have:
 * - `error500`: the service's internal error, not forwarded
 * - `throttle`: the service's throttling error, not forwarded
 * - `timeoutAfterSuccess`: forwarded and executed, then the connection is destroyed without an answer
 * - `drop`: the connection is destroyed, not forwarded
 * - `delay`: the answer is held back
 * - `emptyReceive`: ReceiveMessage returns no messages, not forwarded
 * - `reorder`: the messages of an answer are shuffled
 * - `duplicate`: a message is delivered again in a later answer of its queue, even if it was deleted meanwhile
 * - `redeliver`: a message is contained twice in one answer
 * - `partialFailure`: some entries of a batch call are not forwarded and reported as failed
 * - `conflict`: a transaction is cancelled because of another one in progress, not forwarded
 * - `unprocessed`: one item of a batch call is not forwarded and reported as unprocessed
 * - `cutBody`: the connection is destroyed after half of an object
 */
export const FAULT_KINDS = [
  "error500",
  "throttle",
  "timeoutAfterSuccess",
  "drop",
  "delay",
  "emptyReceive",
  "reorder",
  "duplicate",
  "redeliver",
  "partialFailure",
  "conflict",
  "unprocessed",
  "cutBody",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * Rate of each kind, 0..1 of the requests that can have it: for all services, or by service. If the rates for a request
 * add up to more than 1, they are scaled down.
 */
export type FaultRates = {
  readonly [kind in FaultKind]?: number | Readonly<Partial<Record<Service, number>>>;
};

interface Place {
  readonly service: Service;
  readonly operations: readonly string[];
}

const RECEIVE: Place = { service: "sqs", operations: ["ReceiveMessage"] };

/** Kinds that are not listed can happen to every request. */
const ONLY_AT: Readonly<Partial<Record<FaultKind, Place>>> = {
  emptyReceive: RECEIVE,
  reorder: RECEIVE,
  duplicate: RECEIVE,
  redeliver: RECEIVE,
  partialFailure: {
    service: "sqs",
    operations: ["SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"],
  },
  conflict: { service: "dynamodb", operations: ["TransactWriteItems"] },
  unprocessed: { service: "dynamodb", operations: ["BatchWriteItem", "BatchGetItem"] },
  cutBody: { service: "s3", operations: ["GetObject"] },
};

/** Whether a kind can happen to an operation or, without an operation, to any of the service. */
export function canOccur(
  kind: FaultKind,
  { service, operation }: { readonly service: Service; readonly operation?: string | undefined },
): boolean {
  const place = ONLY_AT[kind];
  if (place === undefined) return true;
  return place.service === service && (operation === undefined || place.operations.includes(operation));
}

/** The kinds that can happen to a request, with their rates. */
export function ratesAt(rates: FaultRates, target: Target): readonly (readonly [FaultKind, number])[] {
  return FAULT_KINDS.flatMap((kind) => {
    const rate = rates[kind] ?? 0;
    const here = typeof rate === "number" ? rate : (rate[target.service] ?? 0);
    return here > 0 && canOccur(kind, target) ? [[kind, here] as const] : [];
  });
}

/** @throws {RangeError} for a rate outside 0..1 */
export function checkRates(rates: FaultRates): void {
  for (const [kind, rate] of Object.entries(rates)) {
    for (const one of typeof rate === "number" ? [rate] : Object.values(rate ?? {})) {
      if (!(one >= 0 && one <= 1)) {
        throw new RangeError(`Cannot use rate of fault "${kind}": ${one}, expected 0..1`);
      }
    }
  }
}
