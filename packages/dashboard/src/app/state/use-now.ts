import { useSyncExternalStore } from "preact/compat";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, in steps of `everyMs`: the component is rendered again at each step. */
export function useNow(everyMs: number): number {
  return useSyncExternalStore(subscribe, () => Math.ceil(Date.now() / everyMs) * everyMs);
}
