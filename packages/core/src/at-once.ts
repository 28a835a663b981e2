const AT_ONCE = 16;

/**
 * Runs `work` for every item with bounded concurrency and waits for all: one at a time, thousands would block
 * everything else.
 */
export async function forEachAtOnce<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
  options: {
    /** @default 16 */
    readonly atOnce?: number;
  } = {},
): Promise<void> {
  const left = items[Symbol.iterator]();
  const workNext = async () => {
    // The loops share the iterator: each takes the next item that no other loop has taken.
    for (let next = left.next(); !next.done; next = left.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: options.atOnce ?? AT_ONCE }, workNext));
}
