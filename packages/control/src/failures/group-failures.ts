import type { FailureView, ItemError } from "@millrace/core";
import { type FailedBlock, rowsOf } from "./failed-blocks.ts";

/** Failed items with similar errors, and the position of the first one. */
export interface Group {
  readonly code: string;
  readonly message: string;
  items: number;
  readonly example: FailedBlock;
  /** Index of the example in its block. */
  readonly place: number;
}

export interface Grouped {
  /** Largest first. */
  readonly groups: readonly Group[];
  /** Failed items that were examined. */
  readonly items: number;
  readonly isComplete: boolean;
}

/** Further failed items are not examined: they would add little and keep the client waiting. */
const MAX_ITEMS = 100_000;
/** Maximum number of distinct kinds of errors. */
const MAX_KINDS = 1_000;
const MAX_MESSAGE_CHARACTERS = 300;
/** The parts that differ between errors of one kind: quoted text, addresses, paths, numbers. */
const PARTICULAR = /'[^'\n]*'|"[^"\n]*"|`[^`\n]*`|\b0x[0-9a-f]+\b|(?:\/[^\s/:,]+){2,}|\d+(?:\.\d+)*/gi;

/** Groups failed items by cause and returns the `largest` groups. */
export async function groupFailures(blocks: AsyncIterable<FailedBlock>, largest: number): Promise<Grouped> {
  const kinds = new Map<string, Group>();
  let items = 0;
  let isComplete = true;
  for await (const failed of blocks) {
    for (const [place, row] of rowsOf(failed.block).entries()) {
      const { code, message } = (JSON.parse(row) as { readonly error: ItemError }).error;
      const kind = kindOf(message);
      const group = kinds.get(`${code} ${kind}`);
      if (group) group.items += 1;
      else if (kinds.size === MAX_KINDS) isComplete = false;
      else kinds.set(`${code} ${kind}`, { code, message: kind, items: 1, example: failed, place });
    }
    items += failed.block.count;
    if (items >= MAX_ITEMS) {
      isComplete = false;
      break;
    }
  }
  const groups = [...kinds.values()].sort((a, b) => b.items - a.items);
  return { groups: groups.slice(0, largest), items, isComplete: isComplete && groups.length <= largest };
}

/** The message without the parts that differ between errors of one kind. */
export function kindOf(message: FailureView["error"]["message"]): string {
  const kind = message.replace(PARTICULAR, "…");
  return kind.length <= MAX_MESSAGE_CHARACTERS ? kind : `${kind.slice(0, MAX_MESSAGE_CHARACTERS)}…`;
}
