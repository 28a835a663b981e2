import { lostStreams } from "../state/connection.ts";
import { useStore } from "../state/store.ts";

/** Says that the page may be out of date; appears after a delay, so that it does not flash for a short gap. */
export function ConnectionBanner() {
  const isLost = useStore(lostStreams) > 0;
  return (
    <div role="status" class="connection">
      {isLost && (
        <p class="connection-lost">
          Reconnecting: the service does not answer. What you see may be out of date.
        </p>
      )}
    </div>
  );
}
