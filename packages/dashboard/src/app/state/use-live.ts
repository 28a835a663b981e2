import { useEffect, useMemo } from "preact/hooks";
import { type Store, useStore } from "./store.ts";

/** A store that lives as long as the component, or until `key` changes. */
export function useLive<State, Live extends Store<State> & { start(): unknown; stop(): void }>(
  key: string,
  make: () => Live,
): readonly [Live, State] {
  // The key says when another one is needed
  const store = useMemo(make, [key]);
  useEffect(() => {
    void store.start();
    return () => store.stop();
  }, [store]);
  return [store, useStore<State>(store)];
}
