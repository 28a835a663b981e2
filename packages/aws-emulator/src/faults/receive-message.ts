import type { Members } from "../batch/wire.ts";
import { drawIndex, shuffled } from "./draws.ts";
import type { Exchange } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import { answerOutput, forwardInput, listOf, readInput } from "./json-exchange.ts";
import type { Repeat, Repeats } from "./repeats.ts";

/** How many receives later a duplicate by rate appears at most: often the consumer has deleted the message by then. */
const MOST_RECEIVES_BETWEEN = 3;

export interface ReceiveContext {
  readonly fault: Fault | undefined;
  readonly repeats: Repeats;
}

/**
 * ReceiveMessage with the repeats that are due, and with a fault in its answer. The answer never has more messages than
 * requested: fewer are requested from the service.
 */
export async function receiveMessage(exchange: Exchange, { fault, repeats }: ReceiveContext): Promise<void> {
  const input = await readInput(exchange);
  const queue = queueOf(input);
  const max = Number(input.MaxNumberOfMessages ?? 1);
  const due = repeats.take(queue, max);
  const isDoubled = fault?.kind === "redeliver" && max - due.length > 1;
  const fresh = max - due.length - (isDoubled ? 1 : 0);
  if (fresh === 0) {
    answerOutput(exchange, { Messages: deliver(due) });
    return;
  }
  const edit = (output: Members) => {
    const received = edited(listOf(output, "Messages"), { fault, repeats, queue, isDoubled });
    const messages = [...received, ...deliver(due)];
    return messages.length > 0 ? { ...output, Messages: messages } : output;
  };
  let isDone = false;
  try {
    isDone = await forwardInput(exchange, withRoom(input, { fresh, max, isDue: due.length > 0 }), { edit });
  } finally {
    if (!isDone) repeats.giveBack(queue, due);
  }
}

interface EditContext extends ReceiveContext {
  readonly queue: string;
  readonly isDoubled: boolean;
}

function edited(
  messages: readonly Members[],
  { fault, repeats, queue, isDoubled }: EditContext,
): readonly Members[] {
  if (fault === undefined || messages.length === 0) return messages;
  const message = messages[drawIndex(fault.draw, messages.length)] as Members;
  switch (fault.kind) {
    case "reorder":
      if (messages.length < 2) return messages;
      fault.done();
      return shuffled(messages, fault.draw);
    case "redeliver":
      if (!isDoubled) return messages;
      fault.done();
      return [...messages, message];
    case "duplicate": {
      const afterReceives = fault.isInjected ? 0 : drawIndex(fault.draw, MOST_RECEIVES_BETWEEN + 1);
      fault.take();
      repeats.add(queue, { message, afterReceives, done: () => fault.done() });
      return messages;
    }
    default:
      return messages;
  }
}

function deliver(due: readonly Repeat[]): readonly Members[] {
  return due.map(({ message, done }) => {
    done();
    return message;
  });
}

function withRoom(
  input: Members,
  { fresh, max, isDue }: { readonly fresh: number; readonly max: number; readonly isDue: boolean },
): Members {
  if (fresh === max) return input;
  // Repeats that are due do not wait for a long poll.
  return { ...input, MaxNumberOfMessages: fresh, ...(isDue && { WaitTimeSeconds: 0 }) };
}

/** Clients may use different hosts in a queue's URL. */
function queueOf(input: Members): string {
  return String(input.QueueUrl).replace(/^https?:\/\/[^/]*/, "");
}
