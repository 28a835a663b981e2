import { useEffect, useState } from "preact/hooks";

/** A requested value: pending, loaded, or failed. */
export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly error: unknown;
}

/**
 * Loads a value, again when `key` changes; keeps the old value until then. Does not load while the key is undefined.
 */
export function useLoaded<Value>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<Value>,
): Loaded<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value>>({ value: undefined, error: undefined });
  // The key says when to load again
  useEffect(() => {
    if (key === undefined) return;
    const gone = new AbortController();
    load(gone.signal).then(
      (value) => gone.signal.aborted || setLoaded({ value, error: undefined }),
      (error) => gone.signal.aborted || setLoaded((before) => ({ ...before, error })),
    );
    return () => gone.abort();
  }, [key]);
  return loaded;
}
