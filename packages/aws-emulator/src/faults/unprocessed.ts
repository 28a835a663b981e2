import { isMembers, type Members } from "../batch/wire.ts";
import { drawIndex } from "./draws.ts";
import type { Exchange } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import { answerOutput, forwardInput, listOf, readInput } from "./json-exchange.ts";

/** A position in `RequestItems`. */
interface ItemPlace {
  readonly table: string;
  readonly index: number;
}

/** BatchWriteItem or BatchGetItem with one unprocessed item, which must be requested again. */
export async function unprocessed(exchange: Exchange, fault: Fault): Promise<void> {
  const input = await readInput(exchange);
  const requestItems = isMembers(input.RequestItems) ? input.RequestItems : {};
  const places = Object.entries(requestItems).flatMap(([table, asked]) =>
    itemsOf(asked).map((_, index): ItemPlace => ({ table, index })),
  );
  const place = places[drawIndex(fault.draw, places.length)];
  if (place === undefined) {
    await forwardInput(exchange, input, { edit: (output) => output });
    return;
  }
  const name = exchange.operation === "BatchGetItem" ? "UnprocessedKeys" : "UnprocessedItems";
  const { left, rest } = takeOut(requestItems, place);
  const edit = (output: Members) => {
    fault.done();
    return { ...output, [name]: merged(output[name], { table: place.table, left }) };
  };
  if (Object.keys(rest).length > 0) await forwardInput(exchange, { ...input, RequestItems: rest }, { edit });
  else answerOutput(exchange, edit(name === "UnprocessedKeys" ? { Responses: {} } : {}));
}

/** A table's writes are a list; keys to read are in an object with options. */
function itemsOf(asked: unknown): readonly Members[] {
  if (Array.isArray(asked)) return asked.filter(isMembers);
  return isMembers(asked) ? listOf(asked, "Keys") : [];
}

function withItems(asked: unknown, items: readonly Members[]): unknown {
  return isMembers(asked) ? { ...asked, Keys: items } : items;
}

function takeOut(requestItems: Members, { table, index }: ItemPlace) {
  const asked = requestItems[table];
  const items = itemsOf(asked);
  const others = items.filter((_, at) => at !== index);
  const { [table]: _, ...otherTables } = requestItems;
  return {
    left: withItems(asked, items.slice(index, index + 1)),
    rest: others.length > 0 ? { ...otherTables, [table]: withItems(asked, others) } : otherTables,
  };
}

/** The service may have left some unprocessed itself. */
function merged(
  unprocessedOfService: unknown,
  { table, left }: { readonly table: string; readonly left: unknown },
): Members {
  const tables = isMembers(unprocessedOfService) ? unprocessedOfService : {};
  return { ...tables, [table]: withItems(left, [...itemsOf(tables[table]), ...itemsOf(left)]) };
}
