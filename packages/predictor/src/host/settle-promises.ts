/** True for promises and anything else that can be awaited. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/**
 * Awaits the promises in a value's arrays, including nested ones. `within` contains the enclosing arrays.
 * @throws the reason of the first rejection; {TypeError} when an array contains itself
 */
export async function settlePromises(value: unknown, within: readonly unknown[] = []): Promise<unknown> {
  if (!Array.isArray(value)) return value;
  if (within.includes(value))
    throw new TypeError("Cannot await the output's promises: an array contains itself");
  const around = [...within, value];
  return Promise.all(value.map(async (element) => settlePromises(await element, around)));
}
