import { Store } from "./store.ts";

/** How many streams have lost their connection to the service. */
export const lostStreams = new Store(0);

/** Reports the connection state of one stream. */
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
