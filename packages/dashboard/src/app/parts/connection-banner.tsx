import { lostStreams } from "../state/connection.ts";
import { useStore } from "../state/store.ts";

/** Says that what is shown may be old; it appears after a moment, so that a short gap does not flash. */
export function ConnectionBanner() {
  const isLost = useStore(lostStreams) > 0;
  return (
    <div role="status" class="connection">
      {isLost && (
        <p class="connection-lost">Reconnecting: the service does not answer. What you see may be old.</p>
      )}
    </div>
  );
}
