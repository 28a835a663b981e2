import { useEffect, useState } from "preact/hooks";

/** What was asked for: not there yet, there, or refused. */
export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly error: unknown;
}

/** Loads a value, anew when `key` changes; what was there stays until then. Undefined as key: not yet. */
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
