import type { Members } from "../batch/wire.ts";
import { drawIndex, shuffled } from "./draws.ts";
import type { Exchange } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import { answerOutput, forwardInput, listOf, readInput } from "./json-exchange.ts";

/** An SQS batch call in which one or more valid entries fail. */
export async function partialFailure(exchange: Exchange, fault: Fault): Promise<void> {
  const input = await readInput(exchange);
  const entries = listOf(input, "Entries");
  const failed = chooseFailed(entries, fault);
  if (failed.size === 0) {
    await forwardInput(exchange, input, { edit: (output) => output });
    return;
  }
  const failures = entries.filter((entry) => failed.has(entry)).map(failureOf);
  const rest = entries.filter((entry) => !failed.has(entry));
  if (rest.length === 0) {
    fault.done();
    answerOutput(exchange, { Successful: [], Failed: failures });
    return;
  }
  await forwardInput(
    exchange,
    { ...input, Entries: rest },
    {
      edit: (output) => {
        fault.done();
        return { ...output, Failed: [...listOf(output, "Failed"), ...failures] };
      },
    },
  );
}

/** One entry in half of the cases, otherwise any number. */
function chooseFailed(entries: readonly Members[], { draw }: Fault): ReadonlySet<Members> {
  const count = draw() < 0.5 ? 1 : 1 + drawIndex(draw, entries.length);
  return new Set(shuffled(entries, draw).slice(0, count));
}

function failureOf(entry: Members): Members {
  return {
    Id: entry.Id,
    SenderFault: false,
    Code: "InternalError",
    Message: "We encountered an internal error. Please try again.",
  };
}
