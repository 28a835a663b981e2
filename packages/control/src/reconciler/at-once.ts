const AT_ONCE = 16;

/** Does `work` for every item, some at once: thousands of workers one after the other would hold up all other jobs. */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  const workNext = async () => {
    // The loops share the iterator: each takes the next item that none has.
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workNext));
}
