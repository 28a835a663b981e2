import { useNow } from "../state/use-now.ts";
import { ago, moment } from "../text/times.ts";

/** How long ago something happened; the exact time is in the tooltip. */
export function TimeAgo({ time }: { readonly time: string }) {
  const nowMs = useNow(10_000);
  return (
    <time dateTime={time} title={moment(time)}>
      {ago(time, nowMs)}
    </time>
  );
}
