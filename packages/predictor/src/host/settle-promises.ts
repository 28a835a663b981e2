/** True for promises and whatever else can be awaited. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/**
 * The value with the promises in its arrays, and in arrays within them, awaited. `within` holds the arrays around it.
 * @throws what the first rejects with; {TypeError} when an array contains itself
 */
export async function settlePromises(value: unknown, within: readonly unknown[] = []): Promise<unknown> {
  if (!Array.isArray(value)) return value;
  if (within.includes(value))
    throw new TypeError("Cannot await the output's promises: an array contains itself");
  const around = [...within, value];
  return Promise.all(value.map(async (element) => settlePromises(await element, around)));
}
