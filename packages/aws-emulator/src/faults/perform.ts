import { setTimeout as delay } from "node:timers/promises";
import { cutBody } from "./cut-body.ts";
import { drawIndex } from "./draws.ts";
import { internalError, throttled, transactionConflict } from "./error-answers.ts";
import { answerWith, drain, type Exchange, forward, relay } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import type { FaultKind } from "./fault-kinds.ts";
import { answerOutput, listOf, readInput } from "./json-exchange.ts";
import { partialFailure } from "./partial-failure.ts";
import { receiveMessage } from "./receive-message.ts";
import type { Repeats } from "./repeats.ts";
import { unprocessed } from "./unprocessed.ts";

export interface PerformContext {
  readonly fault: Fault | undefined;
  readonly repeats: Repeats;
  /** Ends the delays of held-back answers. */
  readonly signal: AbortSignal;
}

type Performance = (exchange: Exchange, context: PerformContext & { readonly fault: Fault }) => Promise<void>;

const PERFORMANCES: Readonly<Record<FaultKind, Performance>> = {
  error500: async (exchange, { fault }) => {
    await drain(exchange.request);
    fault.done();
    answerWith(exchange, internalError(exchange.service));
  },
  throttle: async (exchange, { fault }) => {
    await drain(exchange.request);
    fault.done();
    answerWith(exchange, throttled(exchange.service, fault.draw));
  },
  timeoutAfterSuccess: async (exchange, { fault }) => {
    await drain(await forward(exchange));
    fault.done();
    exchange.response.destroy();
  },
  drop: async ({ response }, { fault }) => {
    fault.done();
    response.destroy();
  },
  delay: async (exchange, { fault, signal }) => {
    const answer = await forward(exchange);
    fault.done();
    await delay(fault.delayMs, undefined, { signal });
    await relay(exchange, answer);
  },
  emptyReceive: async (exchange, { fault }) => {
    await drain(exchange.request);
    fault.done();
    answerOutput(exchange, {});
  },
  reorder: receiveMessage,
  duplicate: receiveMessage,
  redeliver: receiveMessage,
  partialFailure: (exchange, { fault }) => partialFailure(exchange, fault),
  conflict: async (exchange, { fault }) => {
    const { length } = listOf(await readInput(exchange), "TransactItems");
    fault.done();
    answerWith(exchange, transactionConflict(length, drawIndex(fault.draw, length)));
  },
  unprocessed: (exchange, { fault }) => unprocessed(exchange, fault),
  cutBody: (exchange, { fault }) => cutBody(exchange, fault),
};

/** Forwards a request, or applies its fault. */
export async function perform(exchange: Exchange, context: PerformContext): Promise<void> {
  const { fault, repeats } = context;
  if (fault !== undefined) await PERFORMANCES[fault.kind](exchange, { ...context, fault });
  else if (exchange.operation === "ReceiveMessage" && !repeats.isEmpty)
    await receiveMessage(exchange, context);
  else await relay(exchange, await forward(exchange));
}
