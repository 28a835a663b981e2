import { Store } from "./store.ts";

/** How many streams have lost the service. */
export const lostStreams = new Store(0);

/** One stream's word on whether it has the service. */
export function streamConnection(): { set(isLost: boolean): void } {
  let wasLost = false;
  return {
    set(isLost) {
      if (isLost === wasLost) return;
      wasLost = isLost;
      lostStreams.set(lostStreams.get() + (isLost ? 1 : -1));
    },
  };
}
